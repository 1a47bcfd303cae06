using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

// Files that are nothing but memory.
internal static partial class MemorySyscalls
{
    /// <summary>The longest name with its NUL (Linux: MFD_NAME_MAX_LEN + 1).</summary>
    private const int MaximumMemoryFileName = 250;

    /// <summary>Makes a file without a place in the tree of names, open for reading and writing.</summary>
    /// <returns>The descriptor; EINVAL for unknown flags or a name of more than 249 bytes; EFAULT; EMFILE.</returns>
    /// <remarks>Linux: memfd_create(2).</remarks>
    [Syscall(319, Name = "memfd_create", Unsupported = "MFD_HUGETLB: EINVAL")]
    internal static SyscallResult MemfdCreate(UserThread caller, UserAddress name, MemoryFileFlags flags)
    {
        const MemoryFileFlags Executable = MemoryFileFlags.MFD_EXEC | MemoryFileFlags.MFD_NOEXEC_SEAL;
        if ((flags & ~(MemoryFileFlags.MFD_CLOEXEC | MemoryFileFlags.MFD_ALLOW_SEALING | Executable)) != 0 || (flags & Executable) == Executable)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.ReadString(name, MaximumMemoryFileName, Errno.EINVAL).TryGet(out byte[] bytes, out Errno error))
        {
            return error;
        }

        AnonymousFileSystem system = caller.Kernel.Files.MemoryFiles;
        Credentials credentials = caller.Credentials;
        bool isExecutable = (flags & MemoryFileFlags.MFD_NOEXEC_SEAL) == 0;
        var inode = new RegularInode(system, system.NextNumber(), FileMode.S_IRWXUGO & ~(isExecutable ? 0 : FileMode.S_IXUGO), credentials.FileSystemUserId, credentials.FileSystemGroupId, linkCount: 0);
        if ((flags & MemoryFileFlags.MFD_ALLOW_SEALING) != 0 || !isExecutable)
        {
            inode.AllowSealing(isExecutable ? FileSeals.None : FileSeals.F_SEAL_EXEC);
        }

        Location location = system.PlaceDeleted(inode, [.. "/memfd:"u8, .. bytes]);
        Result<FileDescription> opened = inode.Open(location, OpenFlags.O_RDWR | OpenFlags.O_LARGEFILE, caller);
        inode.Release();
        if (!opened.TryGet(out FileDescription description, out error))
        {
            return error;
        }

        Result<int> added = caller.Files.Add(description, (flags & MemoryFileFlags.MFD_CLOEXEC) != 0, caller.Process.Limits.OpenFiles);
        return added.TryGet(out int descriptor, out error) ? descriptor : error;
    }
}
