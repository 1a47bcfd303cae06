using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A script, and what its interpreter gets or why it is refused.</summary>
/// <param name="Script">Builds the file; the argument is the path of an interpreter.</param>
/// <param name="Arguments">The interpreter's argv up to the script's path; null on a refusal.</param>
/// <param name="Error">The refusal.</param>
internal sealed record ScriptCase(Func<string, string> Script, Func<string, string[]>? Arguments, Errno Error);

public sealed class ScriptTests(OracleDirectory oracle) : IClassFixture<OracleDirectory>
{
    private static readonly Dictionary<string, ScriptCase> s_cases = new()
    {
        ["plain"] = Runs(i => $"#!{i}\nexit\n", i => [i]),
        ["blanks before the interpreter"] = Runs(i => $"#! \t {i}\n", i => [i]),
        ["blanks behind the interpreter"] = Runs(i => $"#!{i} \t \n", i => [i]),
        ["an argument"] = Runs(i => $"#!{i} -x\n", i => [i, "-x"]),
        ["an argument with blanks inside stays one"] = Runs(i => $"#!{i}\t -x  -y\tz \t\n", i => [i, "-x  -y\tz"]),
        ["a carriage return is part of the argument"] = Runs(i => $"#!{i} -x\r\n", i => [i, "-x\r"]),
        ["bytes past ASCII"] = Runs(i => $"#!{i} \u00ff\u0080\n", i => [i, "\u00ff\u0080"]),
        ["no newline at all"] = Runs(i => $"#!{i}", i => [i]),
        ["no newline behind an argument"] = Runs(i => $"#!{i} -x", i => [i, "-x"]),
        ["no newline behind a blank gives an empty argument"] = Runs(i => $"#!{i} ", i => [i, ""]),
        ["a NUL ends the interpreter's name"] = Runs(i => $"#!{i}\0junk more\n", i => [i]),
        ["a NUL ends the argument"] = Runs(i => $"#!{i} -x\0y\n", i => [i, "-x"]),
        ["a line of 255 bytes and a newline"] = Runs(i => $"#!{Pad(i, 253)}\n", i => [Pad(i, 253)]),
        ["a name that ends with the 256th byte"] = Refused(i => $"#!{Pad(i, 254)}\n", Errno.ENOEXEC),
        ["a name that ends with the 255th byte, then an argument"] = Runs(i => $"#!{Pad(i, 253)} -x\n", i => [Pad(i, 253)]),
        ["a name of 300 bytes"] = Refused(i => $"#!{Pad(i, 300)}\n", Errno.ENOEXEC),
        ["an argument past 256 bytes is cut"] = Runs(i => $"#!{Pad(i, 240)} {new string('a', 100)}\n", i => [Pad(i, 240), new string('a', 12)]),
        ["an argument past 256 bytes with blanks at the cut"] = Runs(i => $"#!{Pad(i, 240)} aaa{new string(' ', 100)}b\n", i => [Pad(i, 240), "aaa"]),
        ["nothing but #!"] = Refused(_ => "#!", Errno.EACCES),
        ["an empty line"] = Refused(_ => "#!\n/bin/sh\n", Errno.ENOEXEC),
        ["blanks alone"] = Refused(_ => "#! \t \n/bin/sh\n", Errno.ENOEXEC),
        ["blanks alone and no newline"] = Refused(_ => "#! \t ", Errno.EACCES),
        ["300 blanks"] = Refused(_ => "#!" + new string(' ', 300) + "/bin/sh\n", Errno.ENOEXEC),
        ["one character"] = Refused(_ => "#", Errno.ENOEXEC),
        ["a blank between # and !"] = Refused(i => $"# !{i}\n", Errno.ENOEXEC),
        ["a blank before #!"] = Refused(i => $" #!{i}\n", Errno.ENOEXEC),
        ["a byte order mark"] = Refused(i => $"\u00ef\u00bb\u00bf#!{i}\n", Errno.ENOEXEC),
        ["a missing interpreter"] = Refused(i => $"#!{i}-missing\n", Errno.ENOENT),
        ["an interpreter with a carriage return"] = Refused(i => $"#!{i}\r\n", Errno.ENOENT),
        ["an interpreter that is a directory"] = Refused(i => $"#!{Sibling(i, "directory")}\n", Errno.EACCES),
        ["an interpreter without x permission"] = Refused(i => $"#!{Sibling(i, "plain")}\n", Errno.EACCES),
        ["an interpreter that is a loop"] = Refused(i => $"#!{Sibling(i, "loop")}\n", Errno.ELOOP),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_script_gives_its_interpreter_the_right_arguments(string name)
    {
        ScriptCase scriptCase = s_cases[name];
        MemoryImages images = Images();
        images["/t/script"] = Bytes(scriptCase.Script("/t/interpreter"));
        AssertOutcome(scriptCase, "/t/interpreter", "/t/script", Run(images, "/t/script", "/t/script", "1", "2"));
        Assert.Equal(0, images.OpenCount);
    }

    [LinuxTheory]
    [MemberData(nameof(Names))]
    public void Linux_gives_the_interpreter_the_same_arguments(string name)
    {
        ScriptCase scriptCase = s_cases[name];
        string script = oracle.NewPath("script");
        string interpreter = Sibling(script, "interpreter");
        LinuxOracle.WriteExecutable(interpreter, DumpingProgram());
        LinuxOracle.WriteExecutable(script, Bytes(scriptCase.Script(interpreter)));
        Result<byte[]> dump = LinuxOracle.Capture(script, ["1", "2"], []);
        AssertOutcome(scriptCase, interpreter, script, dump.TryGet(out byte[] stack, out Errno error) ? new StackImage(stack, null).Arguments : error);
    }

    [Theory]
    [InlineData(1, Errno.None)]
    [InlineData(4, Errno.None)]
    [InlineData(5, Errno.None)]
    [InlineData(6, Errno.ELOOP)]
    [InlineData(7, Errno.ELOOP)]
    public void Scripts_interpret_each_other_five_deep(int depth, Errno expected)
    {
        MemoryImages images = Images();
        List<string> expectedArguments = ["/t/script1", "1"];
        for (int i = 1; i <= depth; i++)
        {
            string interpreter = i == depth ? "/t/interpreter" : $"/t/script{i + 1}";
            images[$"/t/script{i}"] = Bytes($"#!{interpreter} -{i}\n");
            expectedArguments.InsertRange(0, [interpreter, $"-{i}"]);
        }

        Result<List<string>> result = Run(images, "/t/script1", "argv0", "1");
        Assert.Equal(expected, result.Error);
        Assert.Equal(0, images.OpenCount);
        if (result.Succeeded)
        {
            Assert.Equal(expectedArguments, result.Value);
        }

        if (LinuxOracle.IsAvailable)
        {
            AssertLinuxFollowsScripts(depth, expected, expectedArguments);
        }
    }

    [Fact]
    public void A_script_that_interprets_itself_is_ELOOP()
    {
        MemoryImages images = Images();
        images["/t/script"] = Bytes("#!/t/script\n");
        Assert.Equal(Errno.ELOOP, Run(images, "/t/script", "x").Error);
    }

    [Fact]
    public void The_interpreter_of_a_script_may_be_dynamic()
    {
        MemoryImages images = Images();
        images["/t/script"] = Bytes("#!/t/dynamic\n");
        images["/t/dynamic"] = ElfBuilder.Dynamic("/t/ld.so").Build();
        images["/t/ld.so"] = ElfBuilder.Interpreter().Build();
        Assert.Equal(["/t/dynamic", "/t/script"], Run(images, "/t/script", "x").Value);
    }

    private void AssertLinuxFollowsScripts(int depth, Errno expected, List<string> expectedArguments)
    {
        string first = oracle.NewPath("script1");
        LinuxOracle.WriteExecutable(Sibling(first, "interpreter"), DumpingProgram());
        for (int i = 1; i <= depth; i++)
        {
            string interpreter = Sibling(first, i == depth ? "interpreter" : $"script{i + 1}");
            LinuxOracle.WriteExecutable(Sibling(first, $"script{i}"), Bytes($"#!{interpreter} -{i}\n"));
        }

        Result<byte[]> dump = LinuxOracle.Capture(first, ["1"], []);
        Assert.Equal(expected, dump.Error);
        if (dump.Succeeded)
        {
            IEnumerable<string> arguments = new StackImage(dump.Value, null).Arguments.Select(text => text.StartsWith('/') ? "/t/" + text[(text.LastIndexOf('/') + 1)..] : text);
            Assert.Equal(expectedArguments, arguments);
        }
    }

    private static void AssertOutcome(ScriptCase scriptCase, string interpreter, string script, Result<List<string>> outcome)
    {
        Assert.Equal(scriptCase.Error, outcome.Error);
        if (scriptCase.Arguments is not null)
        {
            Assert.Equal([.. scriptCase.Arguments(interpreter), script, "1", "2"], outcome.Value);
        }
    }

    private static Result<List<string>> Run(MemoryImages images, string path, params string[] arguments)
    {
        using PreparedProgram<MemoryImage> prepared = images.Prepare(path);
        return prepared.Refusal is not null
            ? prepared.Refusal.Errno
            : ScriptImage.RewriteArguments(prepared.Scripts, Bytes(path), [.. arguments.Select(Bytes)]).Select(Encoding.Latin1.GetString).ToList();
    }

    private static MemoryImages Images()
    {
        var images = new MemoryImages { ["/t/interpreter"] = ElfBuilder.Static().Build() };
        images.Fail(".", Errno.EACCES);
        images.Fail("/t/directory", Errno.EACCES);
        images.Fail("/t/plain", Errno.EACCES);
        images.Fail("/t/loop", Errno.ELOOP);
        return images;
    }

    private static byte[] DumpingProgram()
    {
        ElfBuilder builder = ElfBuilder.Static();
        builder.DumpsStack = true;
        return builder.Build();
    }

    private static ScriptCase Runs(Func<string, string> script, Func<string, string[]> arguments) => new(script, arguments, Errno.None);

    private static ScriptCase Refused(Func<string, string> script, Errno error) => new(script, null, error);

    /// <summary>The same path with slashes doubled up to a length.</summary>
    private static string Pad(string path, int length) => new string('/', length - path.Length) + path;

    private static string Sibling(string path, string name) => path[..(path.LastIndexOf('/') + 1)] + name;

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
