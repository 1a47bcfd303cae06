using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Signals;

/// <summary>
/// A signal mask for the time of one system call (ppoll, pselect, epoll_pwait, sigsuspend): set before the wait, put back
/// on the way to user mode. Where a handler runs, it runs under the temporary mask, and the old one is in its frame.
/// </summary>
internal static class TemporaryMask
{
    /// <summary>sizeof(sigset_t) as the kernel has it.</summary>
    internal const ulong SetSize = 8;

    /// <summary>Reads the mask from user memory and sets it; a null address changes nothing.</summary>
    /// <returns>EINVAL where the size is not 8; EFAULT.</returns>
    internal static Errno Set(UserThread caller, UserAddress address, ulong size)
    {
        if (address.IsNull)
        {
            return Errno.None;
        }

        if (size != SetSize)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<ulong>(address).TryGet(out ulong mask, out Errno error))
        {
            return error;
        }

        Set(caller, mask);
        return Errno.None;
    }

    /// <summary>Sets a mask.</summary>
    internal static void Set(UserThread caller, ulong mask)
    {
        caller.Signals.SavedBlocked ??= caller.Signals.Blocked;
        caller.AddOwnWork(ThreadWork.RestoreMask);
        caller.Process.Signals.SetBlocked(caller, mask);
    }
}
