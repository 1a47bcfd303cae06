using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>rseq(2).</summary>
internal static class SequenceSyscalls
{
    private const uint RSEQ_FLAG_UNREGISTER = 1;

    /// <summary>Registers the thread's area for restartable sequences, or takes it back.</summary>
    /// <returns>EINVAL for unknown flags, a bad length or alignment, another area than the present one; EPERM for another signature; EBUSY; EFAULT.</returns>
    /// <remarks>Linux: rseq(2), since 4.18.</remarks>
    [Syscall(334)]
    internal static SyscallResult Rseq(UserThread caller, UserAddress area, uint length, uint flags, uint signature) => flags switch
    {
        0 => caller.Sequence.Register(caller, area, length, signature),
        RSEQ_FLAG_UNREGISTER => caller.Sequence.Unregister(caller, area, length, signature),
        _ => Errno.EINVAL,
    };
}
