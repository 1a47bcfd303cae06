using System.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Processes: how they end, what they know of themselves, execve, time, streams.</summary>
public sealed class ProcessTests
{
    private const string FaultLoop = """
        for kind in null divide illegal privileged stack kernel window noncanonical write-code abort; do fault $kind 2> /dev/null; echo $?; done
        hostile_numbers | tail -n 1
        echo the shell is alive
        """;

    private const string ShellScript = """
        cd /tmp
        seq 1 1000 | grep 7 | wc -l > count
        for i in 1 2 3; do echo "line $i" >> file; done
        sort -r < file | tee sorted | head -n 1
        cat count sorted
        (exit 4) || echo "status $?"
        x=$(basename /a/b/c); echo "$x"
        sleep 0.2 & wait $!; echo "waited $?"
        sh -c 'kill -TERM $$'; echo "ended by $?"
        exit 3
        """;

    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        foreach (int status in new[] { 0, 1, 42, 127, 255, 256 })
        {
            table.Add($"exit status {status}", new("/bin/exit_status", $"{status}") { Status = status & 0xff });
        }

        foreach ((string name, int number) in new[] { ("SIGHUP", 1), ("SIGINT", 2), ("SIGKILL", 9), ("SIGSEGV", 11), ("SIGPIPE", 13), ("SIGTERM", 15), ("SIGRTMIN", 34) })
        {
            table.Add($"ended by {name}", new("/bin/raise_signal", $"{number}") { Status = 128 + number });
        }

        table.Add("ended by SIGTERM, glibc", new("/bin/raise_signal_glibc", "15") { Status = 143 });
        table.Add("an ignored signal: SIGCHLD", new("/bin/raise_signal", "17") { Status = 3 });
        table.AddForBoth("auxv and maps", new("/bin/check_auxv") { Status = 0 });
        table.Add("clocks without system calls", new("/bin/user_clocks") { Status = 0 });
        table.Add("clocks without system calls, 2 processors", new("/bin/user_clocks_glibc") { MachineOptions = ["--cpus", "2"], Status = 0 });
        table.AddForBoth("identity", new("/bin/identity") { Status = 0 });
        table.AddForBoth("clocks", new("/bin/clocks") { Status = 0 });
        table.Add("CPU time of a lone process", new("/bin/cpu_time") { Status = 0 });
        table.Add("schedstat of a process", new("/bin/schedstat") { Status = 0 });
        table.Add("schedstat of a process on 2 processors, glibc", new("/bin/schedstat_glibc") { MachineOptions = ["--cpus", "2"], Status = 0 });
        table.AddForBoth("execve", new("/bin/exec") { Status = 0, Says = "argument 0: \"given name\"" });
        table.AddForBoth("fork, exec, wait, pipes", new("/bin/family") { Status = 0 });
        table.AddForBoth("signals", new("/bin/handlers") { Status = 0 });
        table.AddForBoth("processes as files", new("/bin/process_files") { Status = 0 });
        table.AddForBoth("POSIX timers", new("/bin/posix_timers") { Status = 0 });
        table.AddForBoth("restartable sequences", new("/bin/restartable_sequences") { Status = 0 });
        table.AddForBoth("System V semaphores", new("/bin/semaphores") { Status = 0 });
        table.AddForBoth("CPU clocks", new("/bin/cpu_clocks") { Status = 0 });
        table.AddForBoth("futexes", new("/bin/futex_calls") { Status = 0 });
        table.AddForBoth("waiting for several futexes", new("/bin/several_futexes") { Status = 0 });
        table.AddForBoth("what each thread has for itself", new("/bin/apart") { Status = 0 });
        table.AddForBoth("nice values, directories, an ended leader", new("/bin/own_nice") { Status = 0 });
        table.AddForBoth("children without zombies, stacks, masks of waits", new("/bin/signal_corners") { Status = 0 });
        table.AddForBoth("I/O priorities, ranges to store", new("/bin/io_priorities") { Status = 0 });
        table.AddForBoth("what a user may", new("/bin/privileges") { Status = 0 });
        table.AddForBoth("vector registers", new("/bin/vector_state") { Status = 0 });
        table.AddForBoth("what ipcs asks", new("/bin/ipc_status") { Status = 0 });
        table.AddForBoth("System V message queues", new("/bin/message_queues") { Status = 0 });
        table.AddForBoth("POSIX message queues", new("/bin/mqueues") { Status = 0 });
        table.AddForBoth("threads", new("/bin/threads") { Status = 0 });
        table.AddForBoth("execve by a thread", new("/bin/exec_thread") { Status = 0 });
        table.Add("execve by a thread, 2 processors", new("/bin/exec_thread_glibc") { MachineOptions = ["--cpus", "2"], Status = 0 });
        table.AddForBoth("robust mutexes", new("/bin/robust") { Status = 0 });
        table.Add("a shell goes on after every fault", new("/bin/sh", "-c", FaultLoop) { Status = 0, Says = "the shell is alive" });
        table.Add("a shell with pipes and files", new("/bin/sh", "-c", ShellScript) { Status = 3 });
        table.AddForBoth("streams", new("/bin/streams") { Status = 0 });
        table.AddForBoth("stdin to stdout", new("/bin/copy") { Input = Bytes(100_000), Status = 0 });
        table.Add("stdin to stdout in odd pieces", new("/bin/copy", "777") { Input = Bytes(200_001), Status = 0 });
        table.Add("an empty stdin", new("/bin/copy") { Status = 0 });
        return table;
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 31) ^ (i >> 8)))];
}
