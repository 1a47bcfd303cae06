using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Syscalls;
using Levitate.Kernel.Time;

namespace Levitate.Kernel;

/// <summary>A running kernel: composes the subsystems on a machine.</summary>
public sealed partial class KernelSystem
{
    /// <summary>Guards the reported numbers. A leaf; never held while blocking.</summary>
    private KernelLock _reportLock = new(LockOrder.Report);

    private readonly HashSet<uint> _reportedNumbers = [];
    private long _containedExceptions;

    /// <summary>Composes a kernel; nothing runs yet.</summary>
    public KernelSystem(IMachine machine, BootInformation boot)
    {
        Machine = machine;
        Boot = boot;
        Options = KernelOptions.Parse(boot.CommandLine);
        LockOrderChecks.AreOn |= Options.LockChecks;
        Log = new KernelLog(machine);
        Processes = new ProcessTable(machine.Frames);
        Futexes = new FutexTable(machine);
        Timers = new TimerQueue(machine, Contain);
        Vdso = Vdso.Create(machine);
        RealClock = new RealClock(machine.Clock, Vdso);
        OutOfMemory = new OutOfMemoryKiller(this);
    }

    /// <summary>The machine below.</summary>
    public IMachine Machine { get; }

    /// <summary>What the host gave at power-on.</summary>
    public BootInformation Boot { get; }

    /// <summary>Options from the kernel's command line.</summary>
    public KernelOptions Options { get; }

    /// <summary>The kernel's log.</summary>
    public KernelLog Log { get; }

    /// <summary>Processes and threads.</summary>
    public ProcessTable Processes { get; }

    /// <summary>Timers.</summary>
    public TimerQueue Timers { get; }

    /// <summary>The time of day.</summary>
    public RealClock RealClock { get; }

    /// <summary>What programs read clocks with; null where the machine has no such library.</summary>
    internal Vdso? Vdso { get; }

    /// <summary>The name of the machine and of its domain (uname, sethostname).</summary>
    public SystemNames Names { get; } = new();

    /// <summary>Exceptions that came out of a system call or fault handler and ended only the process that had called: kernel bugs, all of them.</summary>
    public long ContainedExceptions => Interlocked.Read(ref _containedExceptions);

    /// <summary>What happens when there is no page left for a program.</summary>
    internal OutOfMemoryKiller OutOfMemory { get; }

    /// <summary>Who waits for which futex.</summary>
    internal FutexTable Futexes { get; }

    /// <summary>
    /// The end of a process that met a kernel bug: as by SIGSYS with a core dump. Running out of kernel memory is no bug:
    /// the process is killed, as the out-of-memory killer would.
    /// </summary>
    internal void Contain(Process process, Exception exception)
    {
        if (exception is OutOfMemoryException)
        {
            process.BeginExit(WaitStatus.Killed(SignalNumber.SIGKILL, dumpsCore: false));
            Log.WriteSevere(LogLevel.Error, "[OOM] the kernel's own memory is used up: a process is killed\n"u8);
            return;
        }

        Interlocked.Increment(ref _containedExceptions);
        process.BeginExit(WaitStatus.Killed(SignalNumber.SIGSYS, dumpsCore: true));
        Log.WriteSevere(LogLevel.Critical, $"[CONTAINED] a kernel bug ends process {process.ProcessId}: {exception}");
    }

    /// <summary>What a kernel thread that works for all met in one piece of its work, which is given up.</summary>
    internal void Contain(Exception exception)
    {
        if (exception is OutOfMemoryException)
        {
            Log.WriteSevere(LogLevel.Error, "[OOM] the kernel's own memory is used up: something was not done\n"u8);
            return;
        }

        Interlocked.Increment(ref _containedExceptions);
        Log.WriteSevere(LogLevel.Critical, $"[CONTAINED] a kernel bug: {exception}");
    }

    /// <summary>Logs a system call that is not there, once for each number.</summary>
    internal void ReportUnknownSyscall(UserThread caller, uint number)
    {
        bool isNew;
        using (_reportLock.Enter())
        {
            // A program that tries every number must not fill the memory.
            isNew = _reportedNumbers.Count < 1024 && _reportedNumbers.Add(number);
        }

        if (isNew)
        {
            Log.WriteLine($"[SYSCALL] {number} is not supported: ENOSYS (process {caller.Process.ProcessId})");
        }
    }
}
