using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What `./levitate vm exec` promises about its options, streams and statuses.</summary>
public sealed class OptionTests
{
    [MachineFact]
    public void Nothing_but_the_program_writes_to_the_streams()
    {
        Execution result = VirtualMachine.Exec(["/bin/hello_dynamic"]);
        Assert.Equal((0, "Hello, world! I am hello_dynamic: musl, dynamic.\n", ""), (result.Status, result.OutputText, result.ErrorText));
    }

    [MachineFact]
    public void One_string_is_split_as_a_shell_splits_words()
    {
        Execution result = VirtualMachine.Exec(["/bin/echo 'two  blanks' \"and more\" end"]);
        Assert.Equal((0, "two  blanks and more end\n"), (result.Status, result.OutputText));
    }

    [MachineFact]
    public void Verbose_shows_the_loading_in_exactly_the_promised_form()
    {
        Execution result = VirtualMachine.Exec(["--verbose", "/bin/hello_dynamic"]);
        ulong main = ProgramFiles.EntryOf(ProgramFiles.Read("hello_dynamic"));
        ulong interpreter = 0x7f0000000000 + ProgramFiles.EntryOf(File.ReadAllBytes("/lib/ld-musl-x86_64.so.1"));
        Assert.Equal("Hello, world! I am hello_dynamic: musl, dynamic.\n", result.OutputText);
        string[] lines = [.. result.ErrorText.Split('\n').Where(line => line.StartsWith("[EXEC]", StringComparison.Ordinal))];
        Assert.Equal(
            ["[EXEC] Dynamic binary, interpreter: /lib/ld-musl-x86_64.so.1", $"[EXEC] Dynamic: interp_entry=0x{interpreter:x} main_entry=0x{main:x} AT_BASE=0x7f0000000000"],
            lines);
    }

    [MachineFact]
    public void Verbose_says_nothing_dynamic_of_a_static_program()
    {
        Execution result = VirtualMachine.Exec(["-v", "/bin/hello_static"]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.DoesNotContain("[EXEC] Dynamic", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Trace_shows_each_system_call_with_its_name()
    {
        Execution result = VirtualMachine.Exec(["--trace", "/bin/hello_static"]);
        Assert.Equal("Hello, world! I am hello_static: musl, static.\n", result.OutputText);
        Assert.Matches(new Regex(@"writev?\(1, "), result.ErrorText);
        Assert.Contains("exit_group(0", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineTheory]
    [InlineData("32M")]
    [InlineData("1G")]
    public void Runs_the_main_job_with_so_much_memory(string memory)
    {
        Execution result = VirtualMachine.Exec(["--memory", memory, "/bin/hello_dynamic"]);
        Assert.True(result.Status == 0 && result.OutputText.Contains("Hello", StringComparison.Ordinal), result.ToString());
    }

    [MachineTheory]
    [InlineData("/bin/hello_dynamic")]
    [InlineData("/bin/hello_glibc_pie")]
    [InlineData("/bin/cxx_exceptions")]
    public void Runs_on_the_q35_machine_too(string program)
    {
        Execution onMicrovm = VirtualMachine.Exec([program]);
        Execution onQ35 = VirtualMachine.Exec(["--machine", "q35", program]);
        Assert.Equal((0, onMicrovm.OutputText, onMicrovm.ErrorText), (onQ35.Status, onQ35.OutputText, onQ35.ErrorText));
    }

    [MachineFact]
    public void Ten_megabytes_of_random_bytes_pass_through_unchanged()
    {
        byte[] bytes = new byte[10 << 20];
        new Random(2).NextBytes(bytes);
        Execution result = VirtualMachine.Exec(["/bin/copy"], bytes);
        Assert.Equal((0, $"{bytes.Length} bytes\n"), (result.Status, result.ErrorText));
        Assert.True(bytes.AsSpan().SequenceEqual(result.Output), "the bytes are not what was sent");
    }

    [MachineFact]
    public void A_time_limit_ends_the_machine_with_124()
    {
        Execution result = VirtualMachine.Exec(["--timeout", "1.5", "--", "busybox", "sleep", "30"]);
        Assert.True(result.Status == 124, result.ToString());
        Assert.InRange(result.Time, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(15));
    }

    [MachineTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_to_the_tool_and_all_that_it_started_ends_the_machine(string signal, int status)
    {
        // A group of its own, as a terminal gives one to a command; the signals as a terminal's shell leaves them. Bash forgets
        // tool_PID as soon as it knows of the end.
        const string Script = """
            coproc tool { exec setsid env --default-signal "$1" vm exec "sh -c 'echo ready; sleep 100'"; }
            pid=$tool_PID
            read -r line <&"${tool[0]}" || exit 1
            kill -s "$2" -- "-$pid"
            wait "$pid"
            echo "$line $?"
            """;
        Repository.EnsureBuilt();
        Execution result = HostCommand.Run(["/bin/bash", "-c", Script, "bash", Repository.Launcher, signal]);
        Assert.Equal((0, $"ready {status}\n", ""), (result.Status, result.OutputText, result.ErrorText));
    }

    [MachineFact]
    public void Variables_and_the_directory_reach_the_program()
    {
        Execution result = VirtualMachine.Exec(["--env", "A=b c", "--env", "EMPTY=", "--env", "HOME=/elsewhere", "--cwd", "/usr/bin", "/bin/show_arguments"]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Contains("environment: \"A=b c\"\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("environment: \"EMPTY=\"\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("environment: \"HOME=/elsewhere\"\n", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("HOME=/root", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("directory: /usr/bin\n", result.OutputText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Added_files_and_directories_are_in_the_machine()
    {
        string folder = CaseFiles.Write([new("one", "first\n"u8.ToArray(), IsExecutable: false), new("two", ProgramFiles.Read("hello_static"))]);
        Execution result = VirtualMachine.Exec(["--add", $"{folder}:/added/here", "--add", $"{folder}/two:/bin/hello_dynamic", "--", "/bin/cat", "/added/here/one"]);
        Assert.Equal((0, "first\n"), (result.Status, result.OutputText));
        Execution replaced = VirtualMachine.Exec(["--add", $"{folder}/two:/bin/hello_dynamic", "/bin/hello_dynamic"]);
        Assert.Equal("Hello, world! I am hello_static: musl, static.\n", replaced.OutputText);
    }

    [MachineFact]
    public void The_auxiliary_vector_has_what_Linux_passes()
    {
        Execution result = VirtualMachine.Exec(["/bin/show_auxv"]);
        Assert.True(result.Status == 0, result.ToString());
        foreach (string name in (string[])
        [
            "AT_PHDR", "AT_PHENT", "AT_PHNUM", "AT_PAGESZ", "AT_BASE", "AT_FLAGS", "AT_ENTRY", "AT_UID", "AT_EUID", "AT_GID", "AT_EGID",
            "AT_PLATFORM", "AT_HWCAP", "AT_HWCAP2", "AT_CLKTCK", "AT_SECURE", "AT_RANDOM", "AT_EXECFN", "AT_MINSIGSTKSZ",
        ])
        {
            Assert.Matches(new Regex($"^{name} +[0-9a-z/]", RegexOptions.Multiline), result.OutputText);
        }

        Assert.Contains("AT_BASE          0x7f0000000000\n", result.OutputText, StringComparison.Ordinal);
        Assert.Matches(new Regex(@"^7f0000000000-[0-9a-f]+ r--p 00000000 .* /lib/x86_64-linux-musl/libc\.so$", RegexOptions.Multiline), result.OutputText);
        Assert.Matches(new Regex(@"^[0-9a-f]+-[0-9a-f]+ rw-p 00000000 00:00 0 +\[stack\]$", RegexOptions.Multiline), result.OutputText);
    }
}
