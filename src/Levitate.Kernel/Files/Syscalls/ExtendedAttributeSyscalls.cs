using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Extended attributes: no file system has any. The file is looked up all the same, so that its errors come first.</summary>
/// <remarks>Linux: xattr(7).</remarks>
internal static class ExtendedAttributeSyscalls
{
    private const string None = "no file system has extended attributes: EOPNOTSUPP";

    /// <summary>Sets an attribute.</summary>
    [Syscall(188, Unsupported = None)]
    internal static SyscallResult Setxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size, int flags) => OfPath(caller, path);

    /// <summary>Sets an attribute of a symbolic link itself.</summary>
    [Syscall(189, Unsupported = None)]
    internal static SyscallResult Lsetxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size, int flags) => OfLink(caller, path);

    /// <summary>Sets an attribute of an open file.</summary>
    [Syscall(190, Unsupported = None)]
    internal static SyscallResult Fsetxattr(UserThread caller, int fd, UserAddress name, UserAddress value, ulong size, int flags) => OfDescriptor(caller, fd);

    /// <summary>Reads an attribute.</summary>
    [Syscall(191, Unsupported = None)]
    internal static SyscallResult Getxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size) => OfPath(caller, path);

    /// <summary>Reads an attribute of a symbolic link itself.</summary>
    [Syscall(192, Unsupported = None)]
    internal static SyscallResult Lgetxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size) => OfLink(caller, path);

    /// <summary>Reads an attribute of an open file.</summary>
    [Syscall(193, Unsupported = None)]
    internal static SyscallResult Fgetxattr(UserThread caller, int fd, UserAddress name, UserAddress value, ulong size) => OfDescriptor(caller, fd);

    /// <summary>Lists the attributes of a file: none.</summary>
    [Syscall(194)]
    internal static SyscallResult Listxattr(UserThread caller, UserAddress path, UserAddress list, ulong size) => NothingIf(OfPath(caller, path));

    /// <summary>Lists the attributes of a symbolic link itself: none.</summary>
    [Syscall(195)]
    internal static SyscallResult Llistxattr(UserThread caller, UserAddress path, UserAddress list, ulong size) => NothingIf(OfLink(caller, path));

    /// <summary>Lists the attributes of an open file: none.</summary>
    [Syscall(196)]
    internal static SyscallResult Flistxattr(UserThread caller, int fd, UserAddress list, ulong size) => NothingIf(OfDescriptor(caller, fd));

    /// <summary>Removes an attribute.</summary>
    [Syscall(197, Unsupported = None)]
    internal static SyscallResult Removexattr(UserThread caller, UserAddress path, UserAddress name) => OfPath(caller, path);

    /// <summary>Removes an attribute of a symbolic link itself.</summary>
    [Syscall(198, Unsupported = None)]
    internal static SyscallResult Lremovexattr(UserThread caller, UserAddress path, UserAddress name) => OfLink(caller, path);

    /// <summary>Removes an attribute of an open file.</summary>
    [Syscall(199, Unsupported = None)]
    internal static SyscallResult Fremovexattr(UserThread caller, int fd, UserAddress name) => OfDescriptor(caller, fd);

    private static SyscallResult OfPath(UserThread caller, UserAddress path) => Refuse(PathArguments.Find(caller, path).Error);

    private static SyscallResult OfLink(UserThread caller, UserAddress path) => Refuse(PathArguments.Find(caller, path, WalkOptions.None).Error);

    private static SyscallResult OfDescriptor(UserThread caller, int fd) => Refuse(PathArguments.OfOpenFile(caller, fd).Error);

    private static SyscallResult Refuse(Errno found) => found == Errno.None ? Errno.EOPNOTSUPP : found;

    private static SyscallResult NothingIf(SyscallResult refused) => refused.Error == Errno.EOPNOTSUPP ? SyscallResult.Success : refused;
}
