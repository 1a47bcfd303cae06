using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>A file system in memory: names are objects, content is page caches. Also what the root and /dev are made of.</summary>
/// <remarks>Linux: tmpfs(5).</remarks>
public class TmpfsFileSystem : FileSystem
{
    private readonly CharacterDevices _devices;

    /// <summary>An empty tree.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rootPermissions">The permissions of its root directory.</param>
    /// <param name="devices">What its device nodes stand for; null: nothing.</param>
    public TmpfsFileSystem(IMachine machine, uint rootPermissions, CharacterDevices? devices = null)
        : base(machine)
    {
        _devices = devices ?? new CharacterDevices();
        Root = new Dentry(null, [], new TmpfsDirectory(this, rootPermissions, 0, 0));
    }

    /// <inheritdoc/>
    public override string TypeName => "tmpfs";

    /// <inheritdoc/>
    public override uint Magic => 0x01021994;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <inheritdoc/>
    public override FileSystemUsage Usage => new(PageSize.Bytes, Machine.Frames.TotalFrames, Machine.Frames.FreeFrames, 0, 0);

    /// <summary>Guards every name of this file system. Order: before an inode's own. Nothing is released while it is held.</summary>
    internal Lock TreeLock { get; } = new();

    /// <summary>Makes the inode of a new file that is not a directory.</summary>
    internal Inode CreateInode(in NewFile file, uint groupId, uint linkCount)
    {
        uint permissions = file.Mode & FileMode.S_IALLUGO;
        return (file.Mode & FileMode.S_IFMT) switch
        {
            FileMode.S_IFLNK => new TmpfsLink(this, file.LinkText!, file.UserId, groupId),
            FileMode.S_IFREG => new RegularInode(this, NextNumber(), permissions, file.UserId, groupId, linkCount),
            FileMode.S_IFIFO => new FifoInode(this, NextNumber(), permissions, file.UserId, groupId),
            _ => new SpecialInode(this, NextNumber(), file.Mode, file.UserId, groupId, file.Device, _devices),
        };
    }
}
