using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>What to create.</summary>
/// <param name="Mode">Type and permissions, the umask applied.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group, where the directory's set-group-ID bit does not say otherwise.</param>
/// <param name="Device">What a device node stands for.</param>
/// <param name="LinkText">What a symbolic link says.</param>
public readonly record struct NewFile(uint Mode, uint UserId, uint GroupId, DeviceNumber Device = default, byte[]? LinkText = null);

/// <summary>An entry of a directory.</summary>
/// <param name="Name">The name.</param>
/// <param name="Number">Its inode number.</param>
/// <param name="Type">Its type (S_IFMT bits).</param>
public readonly record struct DirectoryEntry(ReadOnlyMemory<byte> Name, ulong Number, uint Type);

/// <summary>How rename goes about a name that is taken (renameat2(2)'s RENAME_ flags).</summary>
[Flags]
public enum RenameFlags : uint
{
    /// <summary>It is replaced.</summary>
    None = 0,
    RENAME_NOREPLACE = 1,
    RENAME_EXCHANGE = 2,
    RENAME_WHITEOUT = 4,
}

/// <summary>
/// A directory. Names are checked by the caller: 1 to 255 bytes, without '/' and NUL, not "." or "..". <c>self</c> is the
/// directory's own name. All but <see cref="Lookup"/> and <see cref="Read"/> refuse with EPERM unless overridden.
/// </summary>
public abstract class DirectoryInode : Inode
{
    /// <inheritdoc/>
    protected DirectoryInode(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId)
        : base(fileSystem, number, FileMode.S_IFDIR | permissions, userId, groupId, linkCount: 2)
    {
    }

    /// <inheritdoc/>
    private protected DirectoryInode(FileSystem fileSystem, ulong number, Inode backing)
        : base(fileSystem, number, backing)
    {
    }

    /// <summary>Finds a name.</summary>
    /// <returns>ENOENT.</returns>
    public abstract Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller);

    /// <summary>Reads one entry (not "." and "..").</summary>
    /// <param name="position">0 for the first; afterwards what the last call left there.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="caller">Who reads.</param>
    /// <returns>False at the end.</returns>
    public abstract bool Read(ref long position, out DirectoryEntry entry, UserThread? caller);

    /// <summary>Creates a file of any type.</summary>
    /// <returns>EEXIST, ENOENT in a removed directory, ENOSPC, EPERM.</returns>
    public virtual Result<Dentry> Create(Dentry self, ReadOnlySpan<byte> name, in NewFile file) => Errno.EPERM;

    /// <summary>Creates a regular file without a name, with a link count of 0 and one reference, the caller's (O_TMPFILE).</summary>
    /// <returns>EOPNOTSUPP where the file system has no such thing.</returns>
    public virtual Result<Inode> CreateUnnamed(in NewFile file) => Errno.EOPNOTSUPP;

    /// <summary>Gives a file of the same file system another name.</summary>
    /// <returns>EEXIST, ENOENT where its last name went away or the directory was removed, EMLINK, EPERM.</returns>
    public virtual Result<Dentry> Link(Dentry self, ReadOnlySpan<byte> name, Inode target) => Errno.EPERM;

    /// <summary>Takes a name away; <paramref name="child"/> is what the caller found and checked.</summary>
    /// <param name="self">This directory.</param>
    /// <param name="child">The name.</param>
    /// <param name="asDirectory">Whether it must be an empty directory (ENOTDIR, ENOTEMPTY) or must be none (EISDIR).</param>
    /// <returns>ENOENT where it is gone or another file by now.</returns>
    public virtual Errno Remove(Dentry self, Dentry child, bool asDirectory) => Errno.EPERM;

    /// <summary>Moves a name within the file system.</summary>
    /// <param name="self">This directory.</param>
    /// <param name="child">The name, as the caller found and checked it.</param>
    /// <param name="newParent">The target directory.</param>
    /// <param name="newName">The target name.</param>
    /// <param name="replaced">What is there, as the caller found and checked it; null for nothing.</param>
    /// <param name="flags">How.</param>
    /// <param name="whiteout">What takes the old name (RENAME_WHITEOUT); null: nothing does.</param>
    /// <returns>EINVAL into itself, or for a whiteout where there are none; ENOSPC for one; ENOTEMPTY, EISDIR, ENOTDIR, EEXIST; ENOENT, or EAGAIN where what was found has changed meanwhile.</returns>
    public virtual Errno Rename(Dentry self, Dentry child, Dentry newParent, ReadOnlySpan<byte> newName, Dentry? replaced, RenameFlags flags, NewFile? whiteout = null) => Errno.EPERM;

    /// <inheritdoc/>
    public override Errno SetLength(long length) => Errno.EISDIR;

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (!TryAcquire())
        {
            return Errno.ENOENT;
        }

        return new DirectoryDescription(location, flags);
    }
}
