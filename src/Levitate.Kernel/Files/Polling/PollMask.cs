using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Polling;

/// <summary>The signal mask that ppoll and pselect6 have for the time of their wait.</summary>
internal static class PollMask
{
    /// <summary>Puts a mask from user memory in the place of the thread's own; null: leaves that.</summary>
    /// <returns>EINVAL for a size other than 8; EFAULT.</returns>
    public static Errno Set(UserThread caller, UserAddress mask, ulong size)
    {
        if (mask.IsNull)
        {
            return Errno.None;
        }

        if (size != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<ulong>(mask).TryGet(out ulong blocked, out Errno error))
        {
            return error;
        }

        caller.Signals.SavedBlocked = caller.Signals.Blocked;
        caller.Process.Signals.SetBlocked(caller, blocked);
        return Errno.None;
    }

    /// <summary>Puts the thread's own mask back: at once, or after the handler of the signal that ended the wait.</summary>
    public static void End(UserThread caller, UserAddress mask, SyscallResult result)
    {
        if (mask.IsNull || caller.Signals.SavedBlocked is not { } saved)
        {
            return;
        }

        if (result.Error is Errno.ERESTARTNOHAND or Errno.EINTR)
        {
            caller.AddOwnWork(ThreadWork.RestoreMask);
            return;
        }

        caller.Signals.SavedBlocked = null;
        caller.Process.Signals.SetBlocked(caller, saved);
    }
}
