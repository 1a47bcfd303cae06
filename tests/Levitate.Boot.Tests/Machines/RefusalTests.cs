using System;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What `./levitate vm exec` says when there is nothing to run, and when the machine's memory is used up.</summary>
public sealed class RefusalTests
{
    [MachineTheory]
    [InlineData("/bin/no-such-program")]
    [InlineData("no-such-program")]
    [InlineData("/bin/hello_dynamic/below")]
    public void A_missing_program_is_127_or_126_with_a_sentence_that_names_it(string program)
    {
        Execution result = VirtualMachine.Exec([program]);
        Assert.Equal(program.EndsWith("below", StringComparison.Ordinal) ? 126 : 127, result.Status);
        Assert.Contains(program, result.ErrorText, StringComparison.Ordinal);
        Assert.Empty(result.OutputText);
    }

    [MachineTheory]
    [InlineData("/etc/passwd")]
    [InlineData("/bin")]
    [InlineData("/dev/null")]
    public void What_cannot_be_executed_is_126(string program)
    {
        Execution result = VirtualMachine.Exec([program]);
        Assert.True(result.Status == 126, result.ToString());
        Assert.Contains(program, result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_file_that_is_no_program_is_126_with_its_name_its_errno_and_what_to_do_next()
    {
        Execution result = VirtualMachine.Run(new GuestCase("/tmp/text") { Files = [new("text", "no program\n"u8.ToArray())] });
        Assert.True(result.Status == 126, result.ToString());
        Assert.StartsWith("levitate: /tmp/text: it is neither an ELF file nor a script (ENOEXEC).\nlevitate: ./levitate inspect ", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_file_that_nobody_made_a_program_is_126_and_the_message_says_chmod()
    {
        Execution result = VirtualMachine.Run(new GuestCase("/tmp/data") { Files = [new("data", "x"u8.ToArray(), IsExecutable: false)] });
        Assert.True(result.Status == 126, result.ToString());
        Assert.Contains("chmod +x", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_missing_interpreter_is_127_and_the_message_names_it()
    {
        Execution result = VirtualMachine.Run(new GuestCase("/tmp/program") { Files = [new("program", ProgramFiles.WithInterpreter("/lib/nothing.so"))] });
        Assert.True(result.Status == 127, result.ToString());
        Assert.Contains("/lib/nothing.so", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_bad_interpreter_is_126_and_the_message_names_it()
    {
        Execution result = VirtualMachine.Run(new GuestCase("/tmp/program") { Files = [new("program", ProgramFiles.WithInterpreter("/etc/passwd"))] });
        Assert.True(result.Status == 126, result.ToString());
        Assert.Contains("/etc/passwd", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_missing_working_directory_is_said()
    {
        Execution result = VirtualMachine.Exec(["--cwd", "/no/such/place", "/bin/true"]);
        Assert.True(result.Status == 125, result.ToString());
        Assert.Contains("/no/such/place", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_program_that_takes_all_memory_ends_and_the_kernel_does_not()
    {
        Execution result = VirtualMachine.Exec(["-v", "--memory", "64M", "--", "/bin/eat_memory", "map"]);
        Assert.True(result.Status == 137 || (result.Status == 12 && result.ErrorText.Contains("memory", StringComparison.Ordinal)), result.ToString());
        Assert.DoesNotContain("[PANIC]", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_file_that_fills_all_memory_is_refused_and_the_kernel_lives()
    {
        Execution result = VirtualMachine.Exec(["-v", "--memory", "64M", "--", "busybox", "dd", "if=/dev/zero", "of=/tmp/file", "bs=64k", "count=4000"]);
        Assert.True(result.Status is 1 or 137, result.ToString());
        Assert.DoesNotContain("[PANIC]", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Names_without_end_are_refused_before_the_kernels_heap_is_full()
    {
        const string Script = """
            text=$(head -c 4000 /dev/zero | tr '\0' x)
            i=0; while ln -s $text /tmp/$i; do i=$((i + 1)); done
            echo "enough: $((i > 100))"
            rm -r /tmp/*; touch /tmp/room && timeout 10 hello_dynamic
            """;
        Execution result = VirtualMachine.Exec(["-v", "--memory", "64M", "--", "/bin/sh", "-c", Script]);
        Assert.Equal((0, "enough: 1\nHello, world! I am hello_dynamic: musl, dynamic.\n"), (result.Status, result.OutputText));
        Assert.Contains("No space left on device", result.ErrorText, StringComparison.Ordinal);
        Assert.DoesNotContain("[OOM]", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_mapping_larger_than_the_memory_costs_nothing_until_it_is_touched()
    {
        Execution result = VirtualMachine.Exec(["--memory", "64M", "/bin/map_anonymous"]);
        Assert.True(result.Status == 0, result.ToString());
    }
}
