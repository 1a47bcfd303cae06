using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Simulation;
using Levitate.Kernel.Text;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class ProcessLifeTests
{
    private const ulong Data = ProcessTestKernel.Data;

    [Fact]
    public void A_program_ends_with_the_status_that_it_gives()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(39);
            Assert.Equal(2, program.Result);
            yield return program.Call(110);
            Assert.Equal(1, program.Result);
            yield return program.Call(231, 0x1_07);
        }

        WaitStatus status = kernel.Run(Main);
        Assert.True(status.HasExited);
        Assert.Equal(7, status.ExitCode);
        Assert.Null(kernel.Kernel.Processes.Find(2));
    }

    [Fact]
    public void An_unknown_system_call_is_ENOSYS_and_logged_once()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            for (int i = 0; i < 3; i++)
            {
                yield return program.Call(0xdead);
                Assert.Equal(Errno.ENOSYS, program.Error);
            }

            yield return program.Call(60, 0);
        }

        kernel.Run(Main);
        Assert.Equal(2, kernel.Machine.Log.Split("57005").Length);
    }

    [Theory]
    [InlineData(14, 8UL, SignalNumber.SIGSEGV)]
    [InlineData(14, 0xffff_8000_0000_0000UL, SignalNumber.SIGSEGV)]
    [InlineData(14, UserLayout.KernelWindowStart, SignalNumber.SIGSEGV)]
    [InlineData(0, 0UL, SignalNumber.SIGFPE)]
    [InlineData(3, 0UL, SignalNumber.SIGTRAP)]
    [InlineData(6, 0UL, SignalNumber.SIGILL)]
    [InlineData(13, 0UL, SignalNumber.SIGSEGV)]
    [InlineData(17, 0UL, SignalNumber.SIGBUS)]
    [InlineData(19, 0UL, SignalNumber.SIGFPE)]
    public void A_fault_of_the_program_is_a_signal(int vector, ulong address, int signal)
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Fault((ulong)vector, address);
        }

        WaitStatus status = kernel.Run(Main);
        Assert.Equal(signal, status.Signal);
        Assert.False(status.DumpedCore);
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
    }

    [Theory]
    [InlineData(SignalNumber.SIGABRT, true)]
    [InlineData(SignalNumber.SIGTERM, false)]
    public void The_core_dump_flag_is_of_signals_that_dump_where_the_limit_allows_a_core(int signal, bool dumpsCore)
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, new ResourceLimit(4096, ulong.MaxValue));
            yield return program.Call(160, (ulong)ResourceLimitKind.RLIMIT_CORE, Data);
            yield return program.Call(62, 2, (ulong)signal);
        }

        Assert.Equal(WaitStatus.Killed(signal, dumpsCore), kernel.Run(Main));
    }

    [Fact]
    public void A_kernel_bug_ends_only_the_process_that_met_it()
    {
        using var kernel = new ProcessTestKernel("fault-injection");
        for (ulong fault = 0; fault < 4; fault++)
        {
            IEnumerable<UserExit> Main(UserProgram program)
            {
                yield return program.Call(1000, fault);
            }

            WaitStatus status = kernel.Run(Main);
            Assert.Equal(SignalNumber.SIGSYS, status.Signal);
            Assert.True(status.DumpedCore);
        }

        Assert.Equal(4, kernel.Kernel.ContainedExceptions);
        Assert.Contains("NullReferenceException", kernel.Machine.Log, System.StringComparison.Ordinal);
        A_program_ends_normally(kernel);
    }

    [Fact]
    public void Without_the_boot_option_no_bug_can_be_injected()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(1000, 1);
            Assert.Equal(Errno.ENOSYS, program.Error);
            yield return program.Call(60, 3);
        }

        Assert.Equal(3, kernel.Run(Main).ExitCode);
    }

    [Fact]
    public void Fork_makes_a_child_with_memory_of_its_own_that_wait4_reaps()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Child);
        IEnumerable<UserExit> Child(UserProgram program)
        {
            Assert.Equal(0, program.Result);
            Assert.Equal(1u, program.Load<uint>(Data));
            while (!program.Context.Store(new UserAddress(Data), [2, 0, 0, 0]))
            {
                yield return UserExit.Fault;
            }

            yield return program.Call(231, 9);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, 1u);
            yield return program.Call(57);
            long child = program.Result;
            Assert.Equal(3, child);
            while (!program.Context.Store(new UserAddress(Data + 64), [0, 0, 0, 0]))
            {
                yield return UserExit.Fault;
            }

            yield return program.Call(61, ulong.MaxValue, Data + 64, 0, Data + 128);
            Assert.Equal(child, program.Result);
            Assert.Equal(9 << 8, program.Load<int>(Data + 64));
            Assert.Equal(1u, program.Load<uint>(Data));
            yield return program.Call(61, ulong.MaxValue, 0, 0, 0);
            Assert.Equal(Errno.ECHILD, program.Error);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void A_parent_that_ignores_SIGCHLD_has_no_zombies()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Exits);
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, new SignalAction { Handler = SignalAction.Ignore });
            yield return program.Call(13, SignalNumber.SIGCHLD, Data, 0, 8);
            Assert.Equal(0, program.Result);
            yield return program.Call(57);
            yield return program.Call(61, ulong.MaxValue, 0, 0, 0);
            Assert.Equal(Errno.ECHILD, program.Error);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
        Assert.Single(kernel.Kernel.Processes.All);
    }

    [Fact]
    public void Orphans_become_children_of_the_nearest_subreaper()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Middle);
        kernel.ExpectClone(Exits);
        IEnumerable<UserExit> Middle(UserProgram program)
        {
            yield return program.Call(57);
            Assert.Equal(4, program.Result);
            yield return program.Call(231, 0);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(157, 36, 1);
            yield return program.Call(57);
            yield return program.Call(61, 3, 0, 0, 0);
            Assert.Equal(3, program.Result);
            yield return program.Call(61, 4, 0, 0, 0);
            Assert.Equal(4, program.Result);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void A_thread_shares_everything_and_its_end_is_seen_through_a_futex()
    {
        using var kernel = new ProcessTestKernel();
        const ulong ThreadFlags = 0x7d_0f00;
        kernel.ExpectClone(Worker);
        IEnumerable<UserExit> Worker(UserProgram program)
        {
            Assert.Equal(Data + 0x3000, program.Context.Registers.Rsp);
            Assert.Equal(Data + 0x4000, program.Context.Registers.FsBase);
            yield return program.Call(39);
            Assert.Equal(2, program.Result);
            yield return program.Call(186);
            Assert.Equal(3, program.Result);
            program.Store(Data, 42u);
            yield return program.Call(60, 5);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data + 8, 77u);
            yield return program.Call(56, ThreadFlags, Data + 0x3000, Data + 4, Data + 8, Data + 0x4000);
            Assert.Equal(3, program.Result);
            Assert.Equal(3, program.Load<int>(Data + 4));
            while (program.Load<uint>(Data + 8) != 0)
            {
                yield return program.Call(202, Data + 8, 0, 77, 0);
                Assert.Contains(program.Error, new[] { Errno.None, Errno.EAGAIN });
            }

            Assert.Equal(42u, program.Load<uint>(Data));
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void A_sibling_made_with_CLONE_PARENT_ends_with_the_callers_own_signal()
    {
        const ulong CloneParent = 0x8000, WaitForAll = 0x4000_0000;
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Child(UserProgram program)
        {
            kernel.ExpectClone(Sibling);
            yield return program.Call(56, CloneParent | SignalNumber.SIGCHLD, 0, 0, 0, 0);
            Assert.Equal(SignalNumber.SIGUSR1, kernel.Kernel.Processes.Find((int)program.Result)!.ExitSignal);
            yield return program.Call(231, 0);
        }

        static IEnumerable<UserExit> Sibling(UserProgram program)
        {
            yield return program.Call(231, 0);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, SignalNumber.Bit(SignalNumber.SIGUSR1));
            yield return program.Call(14, 0, Data, 0, 8);
            kernel.ExpectClone(Child);
            yield return program.Call(56, SignalNumber.SIGUSR1, 0, 0, 0, 0);
            yield return program.Call(61, (ulong)program.Result, 0, WaitForAll, 0);
            Assert.Equal(Errno.None, program.Error);

            // The sibling, which is this one's child, too.
            yield return program.Call(61, ulong.MaxValue, 0, WaitForAll, 0);
            Assert.Equal(Errno.None, program.Error);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void Who_became_a_user_with_too_many_threads_executes_nothing_as_long_as_there_are()
    {
        const ulong User = 7;
        using var kernel = new ProcessTestKernel();
        static IEnumerable<UserExit> Another(UserProgram program)
        {
            yield return program.Call(105, User);
            yield return program.Call(34);
            Assert.Fail("pause returned");
        }

        static IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, new ResourceLimit(0, 4096));
            yield return program.Call(160, (ulong)ResourceLimitKind.RLIMIT_NPROC, Data);
            program.Store(Data + 64, (ulong)'x');
            yield return program.Call(59, Data + 64, 0, 0);
            Assert.Equal(Errno.ENOENT, program.Error);
            yield return program.Call(105, User);
            Assert.Equal(Errno.None, program.Error);
            yield return program.Call(59, Data + 64, 0, 0);
            Assert.Equal(Errno.EAGAIN, program.Error);
            program.Store(Data, new ResourceLimit(2, 4096));
            yield return program.Call(160, (ulong)ResourceLimitKind.RLIMIT_NPROC, Data);
            yield return program.Call(59, Data + 64, 0, 0);
            Assert.Equal(Errno.ENOENT, program.Error);

            // Once it was within the limit, it is not asked again.
            program.Store(Data, new ResourceLimit(0, 4096));
            yield return program.Call(160, (ulong)ResourceLimitKind.RLIMIT_NPROC, Data);
            yield return program.Call(59, Data + 64, 0, 0);
            Assert.Equal(Errno.ENOENT, program.Error);
            yield return program.Call(231, 0);
        }

        UserThread another = kernel.Start(Another);
        kernel.Until(() => another.Credentials.RealUserId == User, "the other is that user");
        kernel.WaitUntilParked(another);
        Assert.Equal(0, kernel.Run(Main).Value);
        another.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGKILL));
        kernel.WaitForEnd(another.Process);
    }

    [Fact]
    public void exit_group_ends_threads_that_sleep_in_the_kernel()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Sleeper);
        static IEnumerable<UserExit> Sleeper(UserProgram program)
        {
            yield return program.Call(34);
            Assert.Fail("pause returned");
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(56, 0x1_0f00, Data + 0x3000);
            UserThread other = kernel.Kernel.Processes.FindThread(3)!;
            kernel.WaitUntilParked(other);
            yield return program.Call(231, 4);
        }

        Assert.Equal(4, kernel.Run(Main).ExitCode);
    }

    [Fact]
    public void A_thread_that_outlives_its_leader_leaves_no_number_behind()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Survivor);
        IEnumerable<UserExit> Survivor(UserProgram program)
        {
            kernel.Until(() => kernel.Kernel.Processes.FindThread(2) is null, "the leader ends");
            yield return program.Call(60, 0);
        }

        static IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(56, 0x1_0f00, Data + 0x3000);
            yield return program.Call(60, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
        Assert.Null(kernel.Kernel.Processes.FindThread(3));
        Assert.Equal(0, kernel.Kernel.Processes.ThreadCount);
    }

    [Fact]
    public void A_leader_that_has_ended_is_told_of_by_what_was_counted_of_it_alone()
    {
        ulong semaphore = 0;
        string leader = string.Empty, whole = string.Empty;
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Survivor);
        IEnumerable<UserExit> Survivor(UserProgram program)
        {
            kernel.Until(() => kernel.Kernel.Processes.FindThread(2) is null, "the leader ends");
            yield return program.Call(0, semaphore, Data, 8);
            yield return program.Call(0, semaphore, Data, 8);
            Process process = kernel.Kernel.Processes.Find(2)!;
            leader = Read(new ProcessStatusFiles(process, null, isThread: true));
            whole = Read(new ProcessStatusFiles(process, null, isThread: false));
            Assert.Equal(process.LastOfLeader.Times.Total, process.Times.Total - process.Threads[0].Times.Total);
            yield return program.Call(60, 0);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(290, 3, 1);
            semaphore = (ulong)program.Result;
            yield return program.Call(56, 0x1_0f00, Data + 0x3000);
            yield return program.Call(0, semaphore, Data, 8);
            yield return program.Call(60, 0);
        }

        static string Read(ProcessStatusFiles files)
        {
            var text = new ProcText();
            Assert.Equal(Errno.None, files.WriteIo(text, null));
            Assert.Equal(Errno.None, files.WriteStat(new ProcText(), null));
            return Encoding.ASCII.GetString(text.ToArray());
        }

        Assert.Equal(0, kernel.Run(Main).Value);
        Assert.Contains("\nsyscr: 1\n", leader, StringComparison.Ordinal);
        Assert.Contains("\nsyscr: 3\n", whole, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_that_was_to_be_taken_by_a_thread_that_ends_is_taken_by_another()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Sleeper);
        static IEnumerable<UserExit> Sleeper(UserProgram program)
        {
            yield return program.Call(34);
            Assert.Fail("pause returned");
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(56, 0x1_0f00, Data + 0x3000);
            UserThread other = kernel.Kernel.Processes.FindThread(3)!;
            kernel.WaitUntilParked(other);

            // The first thread is in exit(2), and not yet known to end, when the signal comes: it is the one that is chosen.
            Disturbance.OfThread = new AtFirstLock(() => other.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGTERM)));
            yield return program.Call(60, 0);
        }

        Assert.Equal(WaitStatus.Killed(SignalNumber.SIGTERM, dumpsCore: false), kernel.Run(Main));
    }

    [Fact]
    public void A_parent_in_vfork_waits_for_the_end_of_its_child()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Child);
        static IEnumerable<UserExit> Child(UserProgram program)
        {
            program.Store(Data, 5u);
            yield return program.Call(60, 0);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, 1u);
            yield return program.Call(58);
            Assert.Equal(5u, program.Load<uint>(Data));
            yield return program.Call(61, ulong.MaxValue, 0, 0, 0);
            Assert.Equal(3, program.Result);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void RLIMIT_NPROC_stops_a_fork_bomb_of_an_ordinary_user()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, new ResourceLimit(1, 1));
            yield return program.Call(160, 6, Data);
            Assert.Equal(0, program.Result);
            yield return program.Call(105, 1000);
            yield return program.Call(57);
            Assert.Equal(Errno.EAGAIN, program.Error);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void A_child_counts_for_RLIMIT_NPROC_until_it_was_waited_for()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Exits);
        kernel.ExpectClone(Exits);
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, new ResourceLimit(2, 2));
            yield return program.Call(160, 6, Data);
            yield return program.Call(105, 1000);
            foreach (int child in (int[])[3, 4])
            {
                yield return program.Call(57);
                Assert.Equal(child, program.Result);
                yield return program.Call(57);
                Assert.Equal(Errno.EAGAIN, program.Error);
                yield return program.Call(61, (ulong)child, 0, 0, 0);
                Assert.Equal(child, program.Result);
            }

            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    private static void A_program_ends_normally(ProcessTestKernel kernel) => Assert.Equal(0, kernel.Run(Exits).Value);

    private static IEnumerable<UserExit> Exits(UserProgram program)
    {
        yield return program.Call(231, 0);
    }

    /// <summary>Does something once, before the thread takes its next lock.</summary>
    private sealed class AtFirstLock(Action action) : Disturbance(0)
    {
        private Action? _action = action;

        public override void Point() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
