using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

/// <summary>Protection keys, of which there are none: as on a processor without them.</summary>
/// <remarks>Linux: pkeys(7).</remarks>
internal static class ProtectionKeySyscalls
{
    /// <summary>No key.</summary>
    private const int NoKey = -1;

    /// <summary>PKEY_DISABLE_ACCESS and PKEY_DISABLE_WRITE.</summary>
    private const ulong KnownRights = 3;

    /// <summary>Would take a key.</summary>
    /// <returns>EINVAL for flags and unknown rights; else ENOSPC: there is none.</returns>
    /// <remarks>Linux: pkey_alloc(2).</remarks>
    [Syscall(330, Name = "pkey_alloc", Unsupported = "keys: ENOSPC, as on a processor without them")]
    internal static SyscallResult PkeyAlloc(UserThread caller, ulong flags, ulong rights) =>
        flags != 0 || (rights & ~KnownRights) != 0 ? Errno.EINVAL : Errno.ENOSPC;

    /// <summary>Would give a key back.</summary>
    /// <returns>EINVAL: nobody has one.</returns>
    /// <remarks>Linux: pkey_free(2).</remarks>
    [Syscall(331, Name = "pkey_free")]
    internal static SyscallResult PkeyFree(UserThread caller, int key) => Errno.EINVAL;

    /// <summary>mprotect, with a key or with -1 for none.</summary>
    /// <returns>EINVAL for a key, which nobody has; what mprotect yields.</returns>
    /// <remarks>Linux: pkey_mprotect(2).</remarks>
    [Syscall(329, Name = "pkey_mprotect")]
    internal static SyscallResult PkeyMprotect(UserThread caller, UserAddress address, ulong length, MemoryProtection protection, int key) =>
        key == NoKey ? MemorySyscalls.Mprotect(caller, address, length, protection) : Errno.EINVAL;
}
