using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Signals;

/// <summary>Sending signals.</summary>
internal static class KillSyscalls
{
    /// <summary>Sends a signal to a process, a group (0: the caller's; below -1), or all that may be sent one (-1). Signal 0 only checks.</summary>
    /// <returns>EINVAL for no signal, where there is somebody to send it to; ESRCH; EPERM when none of a group may be sent it. To all that may be sent it: ESRCH only where there is nobody else.</returns>
    /// <remarks>Linux: kill(2).</remarks>
    [Syscall(62)]
    internal static SyscallResult Kill(UserThread caller, int processId, int signal)
    {
        SignalInfo info = SignalInfo.FromProcess(signal, SignalCode.SI_USER, caller.Process.ProcessId, caller.Credentials.RealUserId);
        ProcessTable table = caller.Kernel.Processes;
        if (processId > 0)
        {
            Process? process = table.FindByAnyId(processId);
            return process is null ? Errno.ESRCH : SendChecked(caller, process, null, info);
        }

        if (processId == int.MinValue)
        {
            return Errno.ESRCH;
        }

        // Nobody forks meanwhile, so no child is missed.
        using (table.Families.EnterAll())
        {
            IReadOnlyList<Process> targets = processId == -1 ? table.All : table.MembersOf(processId == 0 ? caller.Process.ProcessGroupId : -processId);
            return SendToAll(caller, targets, info, isBroadcast: processId == -1);
        }
    }

    /// <summary>Sends a signal to a thread.</summary>
    /// <returns>EINVAL for no signal or ID; ESRCH; EPERM; EAGAIN when the queue is full.</returns>
    /// <remarks>Linux: tkill(2).</remarks>
    [Syscall(200)]
    internal static SyscallResult Tkill(UserThread caller, int threadId, int signal) =>
        threadId <= 0 ? Errno.EINVAL : SendToThread(caller, null, threadId, TkillInfo(caller, signal));

    /// <summary>Sends a signal to a thread of a process.</summary>
    /// <returns>EINVAL for no signal or ID; ESRCH; EPERM; EAGAIN when the queue is full.</returns>
    /// <remarks>Linux: tgkill(2).</remarks>
    [Syscall(234)]
    internal static SyscallResult Tgkill(UserThread caller, int processId, int threadId, int signal) =>
        threadId <= 0 || processId <= 0 ? Errno.EINVAL : SendToThread(caller, processId, threadId, TkillInfo(caller, signal));

    /// <summary>Sends a signal with its information to a process.</summary>
    /// <returns>EPERM also for information that only the kernel may give; else as tgkill.</returns>
    /// <remarks>Linux: rt_sigqueueinfo(2).</remarks>
    [Syscall(129, Name = "rt_sigqueueinfo")]
    internal static SyscallResult RtSigQueueInfo(UserThread caller, int processId, int signal, UserAddress info)
    {
        if (!ReadInfo(caller, processId, signal, info).TryGet(out SignalInfo given, out Errno error))
        {
            return error;
        }

        Process? process = caller.Kernel.Processes.FindByAnyId(processId);
        return process is null ? Errno.ESRCH : SendChecked(caller, process, null, given);
    }

    /// <summary>Sends a signal with its information to a thread of a process.</summary>
    /// <returns>As rt_sigqueueinfo.</returns>
    /// <remarks>Linux: rt_tgsigqueueinfo(2).</remarks>
    [Syscall(297, Name = "rt_tgsigqueueinfo")]
    internal static SyscallResult RtTgsigQueueInfo(UserThread caller, int processId, int threadId, int signal, UserAddress info)
    {
        if (processId <= 0 || threadId <= 0)
        {
            return Errno.EINVAL;
        }

        return ReadInfo(caller, processId, signal, info).TryGet(out SignalInfo given, out Errno error)
            ? SendToThread(caller, processId, threadId, given)
            : error;
    }

    private static Result<SignalInfo> ReadInfo(UserThread caller, int processId, int signal, UserAddress address)
    {
        if (!caller.Memory.Read<SignalInfo>(address).TryGet(out SignalInfo info, out Errno error))
        {
            return error;
        }

        info.Signal = signal;
        info.IsOfTimer = false;
        return (info.Code >= 0 || info.Code == SignalCode.SI_TKILL) && processId != caller.Process.ProcessId ? Errno.EPERM : info;
    }

    private static SignalInfo TkillInfo(UserThread caller, int signal) =>
        SignalInfo.FromProcess(signal, SignalCode.SI_TKILL, caller.Process.ProcessId, caller.Credentials.RealUserId);

    private static SyscallResult SendToThread(UserThread caller, int? processId, int threadId, in SignalInfo info)
    {
        UserThread? thread = caller.Kernel.Processes.FindThread(threadId);
        if (thread is null || (processId is { } wanted && thread.Process.ProcessId != wanted))
        {
            return Errno.ESRCH;
        }

        return SendChecked(caller, thread.Process, thread, info);
    }

    private static SyscallResult SendToAll(UserThread caller, IReadOnlyList<Process> targets, in SignalInfo info, bool isBroadcast)
    {
        // As Linux's kill: to all, those that may not be sent it do not count, though they are there.
        Errno last = Errno.ESRCH;
        bool hasSent = false;
        foreach (Process target in targets)
        {
            if (isBroadcast && (target == caller.Process || target.ProcessId == 1))
            {
                continue;
            }

            Errno sent = SendChecked(caller, target, null, info);
            hasSent |= sent == Errno.None;
            last = !isBroadcast || sent != Errno.EPERM ? sent : last == Errno.ESRCH ? Errno.None : last;
        }

        return hasSent && !isBroadcast ? SyscallResult.Success : last;
    }

    /// <summary>Sends a signal where the caller may; signal 0 only checks.</summary>
    internal static Errno SendChecked(UserThread caller, Process process, UserThread? thread, in SignalInfo info)
    {
        if (info.Signal is < 0 or > SignalNumber.Maximum)
        {
            return Errno.EINVAL;
        }

        if (!MaySend(caller, process, thread, info.Signal))
        {
            return Errno.EPERM;
        }

        return info.Signal == 0 ? Errno.None : process.Signals.Send(info, thread);
    }

    private static bool MaySend(UserThread caller, Process target, UserThread? thread, int signal)
    {
        if (target == caller.Process)
        {
            return true;
        }

        Credentials sender = caller.Credentials;
        Credentials receiver = thread?.Credentials ?? target.Credentials;
        return sender.Has(Capability.CAP_KILL)
            || sender.EffectiveUserId == receiver.SavedUserId || sender.EffectiveUserId == receiver.RealUserId
            || sender.RealUserId == receiver.SavedUserId || sender.RealUserId == receiver.RealUserId
            || (signal == SignalNumber.SIGCONT && caller.Process.SessionId == target.SessionId);
    }
}
