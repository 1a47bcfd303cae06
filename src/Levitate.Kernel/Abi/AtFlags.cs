using System;

namespace Levitate.Kernel.Abi;

/// <summary>Flags of the calls that take a directory descriptor and a path.</summary>
[Flags]
public enum AtFlags
{
    None = 0,
    AT_SYMLINK_NOFOLLOW = 0x100,

    /// <summary>unlinkat; faccessat2's AT_EACCESS has the same value.</summary>
    AT_REMOVEDIR = 0x200,
    AT_SYMLINK_FOLLOW = 0x400,
    AT_NO_AUTOMOUNT = 0x800,
    AT_EMPTY_PATH = 0x1000,
    AT_STATX_FORCE_SYNC = 0x2000,
    AT_STATX_DONT_SYNC = 0x4000,
}
