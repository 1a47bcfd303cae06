using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Races;

/// <summary>A stop or a continuation whose report to the parent is overtaken by the next one.</summary>
public sealed class LateReportTests
{
    [Fact]
    public void A_continuation_that_is_reported_after_the_next_stop_leaves_the_report_of_the_stop()
    {
        using var kernel = new ProcessTestKernel(processors: 4);
        Process process = kernel.Start(static program => CallsForEver(program, null)).Process;
        Send(process, SignalNumber.SIGSTOP);
        kernel.Until(() => process is { Signals.IsStopped: true, UnreportedStop: SignalNumber.SIGSTOP }, "the first stop is reported");

        using var late = new HeldUp(isStopped: false);
        late.Hold(process);
        using var hasSent = new ManualResetEventSlim();
        Assert.True(kernel.Machine.TryStartThread("continues it", () =>
        {
            Disturbance.OfThread = late;
            Send(process, SignalNumber.SIGCONT);
            hasSent.Set();
        }));
        kernel.Until(() => late.IsHeldUp.IsSet, "the report is held up");
        process.UnreportedStop = 0;
        Send(process, SignalNumber.SIGSTOP);
        kernel.Until(() => process is { Signals.IsStopped: true, UnreportedStop: SignalNumber.SIGSTOP }, "the second stop is reported");
        late.MayGo.Set();
        kernel.Until(() => hasSent.IsSet, "the report is made");
        Assert.Equal(SignalNumber.SIGSTOP, process.UnreportedStop);
        Assert.False(process.UnreportedContinue);
        End(kernel, process);
    }

    [Fact]
    public void A_stop_that_is_reported_after_the_next_continuation_is_not_one_any_more()
    {
        using var kernel = new ProcessTestKernel(processors: 4);
        using var late = new HeldUp(isStopped: true);
        Process process = kernel.Start(program => CallsForEver(program, late)).Process;
        late.Hold(process);
        kernel.Until(() => late.HasBegun, "the program begins");
        Send(process, SignalNumber.SIGSTOP);
        kernel.Until(() => late.IsHeldUp.IsSet, "the report is held up");
        Send(process, SignalNumber.SIGCONT);
        Assert.True(process.UnreportedContinue);
        late.MayGo.Set();

        // It has made its report when it is in user mode again.
        kernel.Until(() => late.IsOver, "it goes on");
        Assert.Equal(0, process.UnreportedStop);
        Assert.True(process.UnreportedContinue);
        End(kernel, process);
    }

    private static void Send(Process process, int signal) => process.Signals.Send(SignalInfo.FromKernel(signal));

    private static void End(ProcessTestKernel kernel, Process process)
    {
        Send(process, SignalNumber.SIGKILL);
        kernel.WaitForEnd(process);
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
    }

    /// <summary>A program whose kernel thread may be held up.</summary>
    private static IEnumerable<UserExit> CallsForEver(UserProgram program, HeldUp? late)
    {
        Disturbance.OfThread = late;
        while (true)
        {
            late?.NoteUserMode();
            yield return program.Call(39);
        }
    }

    /// <summary>Holds a thread up once: before the first lock that it takes after it has stopped or continued a process.</summary>
    private sealed class HeldUp(bool isStopped) : Disturbance(0), System.IDisposable
    {
        private Process? _process;
        private bool _hasBegun;
        private bool _isOver;

        /// <summary>Whether the thread has been in user mode.</summary>
        public bool HasBegun => Volatile.Read(ref _hasBegun);

        /// <summary>Whether the thread has been in user mode since it could go on.</summary>
        public bool IsOver => Volatile.Read(ref _isOver);

        /// <summary>Set when the thread is held up.</summary>
        public ManualResetEventSlim IsHeldUp { get; } = new();

        /// <summary>To be set when it may go on.</summary>
        public ManualResetEventSlim MayGo { get; } = new();

        /// <summary>Says which process.</summary>
        public void Hold(Process process) => Volatile.Write(ref _process, process);

        /// <summary>By the thread, in user mode.</summary>
        public void NoteUserMode()
        {
            Volatile.Write(ref _hasBegun, true);
            Volatile.Write(ref _isOver, MayGo.IsSet);
        }

        public override void Point()
        {
            if (!IsHeldUp.IsSet && Volatile.Read(ref _process) is { } process && !process.StateLock.IsHeld && process.Signals.IsStopped == isStopped)
            {
                IsHeldUp.Set();
                MayGo.Wait();
            }
        }

        public void Dispose()
        {
            IsHeldUp.Dispose();
            MayGo.Dispose();
        }
    }
}
