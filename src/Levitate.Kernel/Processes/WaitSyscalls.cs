using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>Options of wait4 and waitid.</summary>
/// <remarks>Linux: wait(2).</remarks>
[Flags]
internal enum WaitOptions
{
    None = 0,
    WNOHANG = 1,
    WUNTRACED = 2,
    WEXITED = 4,
    WCONTINUED = 8,
    WNOWAIT = 0x0100_0000,
    __WNOTHREAD = 0x2000_0000,
    __WALL = 0x4000_0000,
    __WCLONE = unchecked((int)0x8000_0000),
}

/// <summary>What waitid's ID is.</summary>
internal enum WaitIdType
{
    P_ALL = 0,
    P_PID = 1,
    P_PGID = 2,
    P_PIDFD = 3,
}

/// <summary>Waiting for children.</summary>
internal static class WaitSyscalls
{
    private const int SignalInfoSize = 128;

    /// <summary>An ID that no process has.</summary>
    private const int NoProcess = 0;

    /// <summary>What was found: a child and what became of it.</summary>
    private readonly record struct Report(int ProcessId, uint UserId, WaitStatus Status, int Code, ProcessUsage Usage);

    /// <summary>Waits until a child ends, stops or goes on.</summary>
    /// <returns>Its ID; 0 with WNOHANG when there is nothing; ECHILD; EINTR; EINVAL for unknown options; ESRCH for INT_MIN; EFAULT.</returns>
    /// <remarks>Linux: wait4(2).</remarks>
    [Syscall(61)]
    internal static SyscallResult Wait4(UserThread caller, int processId, UserAddress status, WaitOptions options, UserAddress usage)
    {
        const WaitOptions Known = WaitOptions.WNOHANG | WaitOptions.WUNTRACED | WaitOptions.WCONTINUED | WaitOptions.__WNOTHREAD | WaitOptions.__WCLONE | WaitOptions.__WALL;
        if ((options & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        if (processId == int.MinValue)
        {
            return Errno.ESRCH;
        }

        (WaitIdType type, int id) = processId switch
        {
            < -1 => (WaitIdType.P_PGID, -processId),
            -1 => (WaitIdType.P_ALL, 0),
            0 => (WaitIdType.P_PGID, caller.Process.ProcessGroupId),
            _ => (WaitIdType.P_PID, processId),
        };
        if (!Wait(caller, type, id, options | WaitOptions.WEXITED).TryGet(out Report report, out Errno error))
        {
            return error;
        }

        if (report.ProcessId == 0)
        {
            return SyscallResult.Success;
        }

        error = usage.IsNull ? Errno.None : caller.Memory.Write(usage, ResourceUsage.Of(report.Usage));
        error = error != Errno.None || status.IsNull ? error : caller.Memory.Write(status, report.Status.Value);
        return error != Errno.None ? error : report.ProcessId;
    }

    /// <summary>Waits likewise, with more choice, and stores a siginfo.</summary>
    /// <returns>EINVAL for unknown options or none of WEXITED, WSTOPPED and WCONTINUED; ECHILD, EINTR, EFAULT.</returns>
    /// <remarks>Linux: waitid(2).</remarks>
    [Syscall(247)]
    internal static SyscallResult WaitId(UserThread caller, WaitIdType type, int id, UserAddress info, WaitOptions options, UserAddress usage)
    {
        const WaitOptions Events = WaitOptions.WEXITED | WaitOptions.WUNTRACED | WaitOptions.WCONTINUED;
        const WaitOptions Known = Events | WaitOptions.WNOHANG | WaitOptions.WNOWAIT | WaitOptions.__WNOTHREAD | WaitOptions.__WCLONE | WaitOptions.__WALL;
        if ((options & ~Known) != 0 || (options & Events) == 0
            || type is not (WaitIdType.P_ALL or WaitIdType.P_PID or WaitIdType.P_PGID or WaitIdType.P_PIDFD)
            || (type == WaitIdType.P_PIDFD && id < 0) || (type == WaitIdType.P_PID && id <= 0) || (type == WaitIdType.P_PGID && id < 0))
        {
            return Errno.EINVAL;
        }

        if (type == WaitIdType.P_PGID && id == 0)
        {
            id = caller.Process.ProcessGroupId;
        }

        bool isImpatient = false;
        Errno error;
        if (type == WaitIdType.P_PIDFD)
        {
            if (!ProcessFileSyscalls.Get(caller, id).TryGet(out ProcessFileDescription file, out error))
            {
                return error;
            }

            // A file that must not block answers what such files do, where WNOHANG would answer nothing.
            isImpatient = file.IsNonBlocking && (options & WaitOptions.WNOHANG) == 0;
            options |= isImpatient ? WaitOptions.WNOHANG : WaitOptions.None;
            id = file.Process.Parent == caller.Process ? file.Process.ProcessId : NoProcess;
            type = WaitIdType.P_PID;
            file.Release();
        }

        if (!Wait(caller, type, id, options).TryGet(out Report report, out error))
        {
            // As on Linux, an empty answer is stored then, too.
            Errno stored = info.IsNull ? Errno.None : Store(caller, info, default);
            return stored != Errno.None ? stored : error;
        }

        if (isImpatient && report.ProcessId == 0)
        {
            return Errno.EAGAIN;
        }

        error = usage.IsNull || report.ProcessId == 0 ? Errno.None : caller.Memory.Write(usage, ResourceUsage.Of(report.Usage));
        return error != Errno.None || info.IsNull ? error : Store(caller, info, report);
    }

    private static Errno Store(UserThread caller, UserAddress address, in Report report)
    {
        Span<byte> bytes = stackalloc byte[SignalInfoSize];
        bytes.Clear();
        if (report.ProcessId != 0)
        {
            SignalInfo info = SignalInfo.FromProcess(SignalNumber.SIGCHLD, report.Code, report.ProcessId, report.UserId);
            info.Field1 = (uint)(report.Code switch
            {
                SignalCode.CLD_EXITED => report.Status.ExitCode,
                SignalCode.CLD_STOPPED => report.Status.ExitCode,
                SignalCode.CLD_CONTINUED => SignalNumber.SIGCONT,
                _ => report.Status.Signal,
            });
            System.Runtime.InteropServices.MemoryMarshal.Write(bytes, info);
        }

        return caller.Memory.Write(address, bytes);
    }

    private static Result<Report> Wait(UserThread caller, WaitIdType type, int id, WaitOptions options)
    {
        using var wait = new WaitScope(caller);
        wait.Add(caller.Process.ChildEvents);
        while (true)
        {
            Errno error = Look(caller, type, id, options, out Report report);
            if (error != Errno.None)
            {
                return error;
            }

            if (report.ProcessId != 0 || (options & WaitOptions.WNOHANG) != 0)
            {
                return report;
            }

            error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    private static Errno Look(UserThread caller, WaitIdType type, int id, WaitOptions options, out Report report)
    {
        report = default;
        ProcessTable table = caller.Kernel.Processes;
        using (table.Families.Enter(caller.Process))
        {
            bool hasCandidate = false;
            foreach (Process child in caller.Process.Children)
            {
                if (!IsEligible(child, type, id, options) || ((options & WaitOptions.__WNOTHREAD) != 0 && !IsOwn(caller, child)))
                {
                    continue;
                }

                hasCandidate = true;
                if (TryReport(table, child, options, out report))
                {
                    return Errno.None;
                }
            }

            return hasCandidate ? Errno.None : Errno.ECHILD;
        }
    }

    private static bool IsEligible(Process child, WaitIdType type, int id, WaitOptions options)
    {
        bool matches = type switch
        {
            WaitIdType.P_PID => child.ProcessId == id,
            WaitIdType.P_PGID => child.ProcessGroupId == id,
            _ => true,
        };
        return matches && ((options & WaitOptions.__WALL) != 0 || child.IsCloneChild == ((options & WaitOptions.__WCLONE) != 0));
    }

    /// <summary>Whether a child is the calling thread's: it made it, or is the first thread left and who made it is gone.</summary>
    private static bool IsOwn(UserThread caller, Process child)
    {
        Process process = caller.Process;
        using (process.StateLock.Enter())
        {
            UserThread? creator = child.ParentThread;
            return creator == caller || (process.ThreadList[0] == caller && (creator is null || !process.ThreadList.Contains(creator)));
        }
    }

    private static bool TryReport(ProcessTable table, Process child, WaitOptions options, out Report report)
    {
        bool isConsumed = (options & WaitOptions.WNOWAIT) == 0;
        uint userId = child.Credentials.RealUserId;
        if (child.IsZombie)
        {
            WaitStatus status = child.ExitStatus;
            int code = status.HasExited ? SignalCode.CLD_EXITED : status.DumpedCore ? SignalCode.CLD_DUMPED : SignalCode.CLD_KILLED;
            report = new Report(child.ProcessId, userId, status, code, child.Usage + child.ChildrenUsage);
            if ((options & WaitOptions.WEXITED) != 0 && isConsumed)
            {
                table.Reap(child);
            }

            return (options & WaitOptions.WEXITED) != 0;
        }

        if (child.UnreportedStop != 0 && (options & WaitOptions.WUNTRACED) != 0)
        {
            report = new Report(child.ProcessId, userId, WaitStatus.Stopped(child.UnreportedStop), SignalCode.CLD_STOPPED, child.Usage);
            child.UnreportedStop = isConsumed ? 0 : child.UnreportedStop;
            return true;
        }

        if (child.UnreportedContinue && (options & WaitOptions.WCONTINUED) != 0)
        {
            report = new Report(child.ProcessId, userId, WaitStatus.Continued, SignalCode.CLD_CONTINUED, child.Usage);
            child.UnreportedContinue = !isConsumed;
            return true;
        }

        report = default;
        return false;
    }
}
