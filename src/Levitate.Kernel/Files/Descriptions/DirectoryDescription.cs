using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>An open directory. Positions 0 and 1 are "." and ".."; the file system's own follow, moved up by 2.</summary>
public sealed class DirectoryDescription(Location location, OpenFlags flags) : FileDescription(location, flags, hasPosition: true)
{
    private static readonly byte[] s_dot = "."u8.ToArray();
    private static readonly byte[] s_dotDot = ".."u8.ToArray();

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset) => Errno.EISDIR;

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        long target = from switch
        {
            SeekFrom.SEEK_SET => offset,
            SeekFrom.SEEK_CUR => unchecked(Position + offset),
            _ => -1,
        };
        return target < 0 ? Errno.EINVAL : target;
    }

    /// <inheritdoc/>
    public override Result<bool> ReadEntry(ref long position, UserThread caller, out DirectoryEntry entry)
    {
        if (position < 2)
        {
            bool isDot = position == 0;
            Inode inode = isDot ? Inode : (Location.IsMountRoot ? Location.Mount.Place?.Dentry.Parent : Location.Dentry.Parent)?.Inode ?? Inode;
            entry = new DirectoryEntry(isDot ? s_dot : s_dotDot, inode.Number, FileMode.S_IFDIR);
            position++;
            return true;
        }

        long inner = position - 2;
        bool found = ((DirectoryInode)Inode).Read(ref inner, out entry, caller);
        position = inner + 2;
        return found;
    }
}
