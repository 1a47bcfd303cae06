using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using Levitate.Cli.Commands;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>What the tool says of a command line that makes no sense, and its help.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("frobnicate", "There is no command ./levitate frobnicate.")]
    [InlineData("vm foo", "There is no command ./levitate vm foo.")]
    [InlineData("vm exec", "./levitate vm exec needs a command.")]
    [InlineData("inspect", "./levitate inspect needs a file.")]
    [InlineData("inspect a b", "./levitate inspect takes no further argument 'b'.")]
    [InlineData("inspect --frob a", "There is no option --frob.")]
    [InlineData("test --frob", "There is no option --frob.")]
    [InlineData("test frob", "test takes tool, kernel, machine or boot; 'frob' is none of them.")]
    [InlineData("build foo", "build takes all, kernel or initramfs; 'foo' is none of them.")]
    [InlineData("build Kernel", "build takes all, kernel or initramfs; 'Kernel' is none of them.")]
    [InlineData("bench --vs windows", "--vs takes linux, linux-mitigated, gvisor or host; 'windows' is none of them.")]
    [InlineData("bench micro --linkage uclibc", "--linkage takes static, musl or glibc; 'uclibc' is none of them.")]
    [InlineData("bench programs --rounds 0", "--rounds takes a number from 1 to 100; '0' is none of them.")]
    [InlineData("vm exec --accel foo ls", "--accel takes auto, tcg or kvm; 'foo' is none of them.")]
    [InlineData("vm exec --machine pc ls", "--machine takes microvm or q35; 'pc' is none of them.")]
    [InlineData("vm exec --machine 1 ls", "--machine takes microvm or q35; '1' is none of them.")]
    [InlineData("vm exec --cpus x ls", "--cpus takes a number from 1 to 8, the most that the kernel starts; 'x' is none of them.")]
    [InlineData("run --cpus 2.5 ls", "--cpus takes a number from 1 to 8, the most that the kernel starts; '2.5' is none of them.")]
    [InlineData("shell --cpus 9", "--cpus takes a number from 1 to 8, the most that the kernel starts; '9' is none of them.")]
    [InlineData("shell --cpus 0", "--cpus takes a number from 1 to 8, the most that the kernel starts; '0' is none of them.")]
    [InlineData("shell --kernel-option log=boot,nonsense", "--kernel-option takes log=exec, log=boot, trace, lock-checks, fault-injection, cpu-fault=absent, cpu-fault=stuck, cpu-fault=lacking or cpu-fault=late; 'log=boot,nonsense' is none of them.")]
    [InlineData("bench --cpus x", "--cpus takes a number from 1 to 8, the most that the kernel starts; 'x' is none of them.")]
    [InlineData("shell --cpus", "--cpus needs a value: count.")]
    public void A_command_line_that_makes_no_sense_is_told_in_a_plain_sentence(string line, string sentence)
    {
        ParseResult parsed = LevitateCommand.Create().Parse(line.Split(' '));
        Assert.NotEmpty(parsed.Errors);
        Assert.Equal(sentence, UsageError.Describe(parsed).Sentence);
        Assert.StartsWith("./levitate", UsageError.Describe(parsed).Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("build")]
    [InlineData("build kernel")]
    [InlineData("test tool kernel")]
    [InlineData("vm exec --accel tcg --machine q35 --cpus 8 --memory 1G --kernel-option log=exec,boot --kernel-option trace ls")]
    public void What_makes_sense_is_taken(string line) => Assert.Empty(LevitateCommand.Create().Parse(line.Split(' ')).Errors);

    [Theory]
    [InlineData("")]
    [InlineData("vm exec")]
    [InlineData("run")]
    [InlineData("shell")]
    [InlineData("build")]
    [InlineData("inspect")]
    [InlineData("test")]
    [InlineData("bench")]
    [InlineData("profile")]
    public void Help_ends_with_examples_that_the_tool_itself_takes(string command)
    {
        string[] help = Help(command).TrimEnd().Split('\n');
        string[] examples = [.. help.SkipWhile(line => line != "Examples:").Skip(1).Select(line => line.Trim())];
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.StartsWith("./levitate", example, StringComparison.Ordinal));
        Assert.All(examples, example => Assert.Empty(LevitateCommand.Create().Parse(example.Split("  ")[0].Split(' ')[1..]).Errors));
    }

    [Fact]
    public void The_tools_help_lists_the_statuses()
    {
        string help = Help("");
        Assert.All(["124", "125", "126", "127"], status => Assert.Contains($"\n  {status} ", help, StringComparison.Ordinal));
    }

    [Fact]
    public void Help_shows_nothing_of_the_names_in_the_source()
    {
        Assert.DoesNotContain("[default: All]", Help("build"), StringComparison.Ordinal);
        Assert.DoesNotContain("Auto", Help("vm exec"), StringComparison.Ordinal);
    }

    private static string Help(string command)
    {
        using var output = new StringWriter();
        string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
        Assert.Equal(0, LevitateCommand.Create().Parse(words).Invoke(new InvocationConfiguration { Output = output }));
        return output.ToString();
    }
}
