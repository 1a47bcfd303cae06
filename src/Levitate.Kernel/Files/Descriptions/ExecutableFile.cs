using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>A file opened for execution: regular, with x permission checked, its pages mappable. Dispose releases it.</summary>
public interface IExecutableFile : IMappableFile, IImageReader, IDisposable
{
    /// <summary>The mode's set-user-ID and set-group-ID owner, where those bits are set.</summary>
    (uint? UserId, uint? GroupId) SetIds { get; }
}

/// <summary>A program file: as long as it is open or mapped, nobody can open it for writing.</summary>
internal sealed class ExecutableFile : RegularDescription, IExecutableFile
{
    private readonly RegularInode _inode;

    private ExecutableFile(RegularInode inode, Location location)
        : base(inode, location, OpenFlags.O_RDONLY)
    {
        _inode = inode;
    }

    /// <inheritdoc/>
    public long Length => Pages.Length;

    /// <inheritdoc/>
    public (uint? UserId, uint? GroupId) SetIds
    {
        get
        {
            uint mode = _inode.Mode;
            bool ignored = (Location.Mount.Options & MountOptions.NoSetIds) != 0;
            bool group = (mode & (FileMode.S_ISGID | 0x8)) == (FileMode.S_ISGID | 0x8);
            return (!ignored && (mode & FileMode.S_ISUID) != 0 ? _inode.UserId : null, !ignored && group ? _inode.GroupId : null);
        }
    }

    /// <summary>Opens what a path led to.</summary>
    internal static Result<IExecutableFile> Open(Location found, Credentials credentials)
    {
        if (found.Inode is LinkInode)
        {
            return Errno.ELOOP;
        }

        if (found.Inode.Content is not { } inode || (found.Mount.Options & MountOptions.NoExecute) != 0)
        {
            return Errno.EACCES;
        }

        Errno error = Permissions.Check(inode, credentials, AccessKinds.Execute);
        if (error != Errno.None)
        {
            return error;
        }

        if (!found.Inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        if (!inode.TryBeginExecuting())
        {
            found.Inode.Release();
            return Errno.ETXTBSY;
        }

        var file = new ExecutableFile(inode, found);
        FileEvents.OfFile(file, InotifyMask.IN_OPEN);
        FileEvents.OfFile(file, InotifyMask.IN_ACCESS);
        return Result.Of<IExecutableFile>(file);
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> destination) => Pages.Read(offset, destination);

    /// <inheritdoc/>
    public void Dispose() => Release();

    /// <inheritdoc/>
    protected override void OnClosed() => _inode.EndExecuting();
}
