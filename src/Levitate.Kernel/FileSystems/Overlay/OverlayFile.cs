using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>What is neither a directory nor a link: a regular file, device node, fifo or socket.</summary>
internal sealed class OverlayFile(OverlayNode node, ulong number, Inode real) : Inode(node.FileSystem, number, real), IOverlayInode
{
    /// <inheritdoc/>
    public OverlayNode Node => node;

    /// <inheritdoc/>
    public Inode Real => Backing!;

    /// <inheritdoc/>
    public override RegularInode? Content => Real.Content;

    /// <inheritdoc/>
    private protected override bool IsBackingOwn => node.Upper is not null;

    /// <inheritdoc/>
    private protected override bool HasNoName => node.NameCount == 0;

    /// <inheritdoc/>
    public void Adopt(Inode copy)
    {
        // A copy of a file with several names is a file of its own.
        Number = LinkCount > 1 ? node.FileSystem.NumberOf(copy) : Number;
        node.Replaced = ReplaceBacking(copy);
    }

    /// <inheritdoc/>
    internal override Errno PrepareChange() => OverlayCopyUp.Run(this);

    /// <inheritdoc/>
    public override Errno SetLength(long length)
    {
        Errno error = PrepareChange();
        return error != Errno.None ? error : Real.SetLength(length);
    }

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (Content is null)
        {
            return Real.Open(location, flags, caller);
        }

        bool writes = (flags & OpenFlags.O_ACCMODE) is OpenFlags.O_WRONLY or OpenFlags.O_RDWR;
        bool truncates = (flags & OpenFlags.O_TRUNC) != 0;
        if (writes || truncates)
        {
            Errno error = Content.IsExecuting ? Errno.ETXTBSY : OverlayCopyUp.Run(this, withContent: !truncates);
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (!TryAcquire())
        {
            return Errno.ENOENT;
        }

        RegularInode content = Content;
        if (writes && !content.TryBeginWriting())
        {
            Release();
            return Errno.ETXTBSY;
        }

        return new OverlayDescription(content, location, flags);
    }

    /// <inheritdoc/>
    protected override void OnUnreferenced() => node.Release();
}

/// <summary>A symbolic link.</summary>
internal sealed class OverlayLink(OverlayNode node, ulong number, Inode real) : LinkInode(node.FileSystem, number, real), IOverlayInode
{
    /// <inheritdoc/>
    public OverlayNode Node => node;

    /// <inheritdoc/>
    public Inode Real => Backing!;

    /// <inheritdoc/>
    private protected override bool HasNoName => node.NameCount == 0;

    /// <inheritdoc/>
    public void Adopt(Inode copy)
    {
        Number = LinkCount > 1 ? node.FileSystem.NumberOf(copy) : Number;
        node.Replaced = ReplaceBacking(copy);
    }

    /// <inheritdoc/>
    public override Result<LinkTarget> Follow(UserThread? caller) => ((LinkInode)Real).Follow(caller);

    /// <inheritdoc/>
    public override Result<System.ReadOnlyMemory<byte>> ReadText(UserThread? caller) => ((LinkInode)Real).ReadText(caller);

    /// <inheritdoc/>
    internal override Errno PrepareChange() => OverlayCopyUp.Run(this);

    /// <inheritdoc/>
    protected override void OnUnreferenced() => node.Release();
}

/// <summary>
/// An open regular file. One that was opened for reading before the file was copied up goes on with the copy, but for
/// mappings that were made before.
/// </summary>
internal sealed class OverlayDescription(RegularInode content, Location location, OpenFlags flags) : RegularDescription(content, location, flags)
{
    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        Refresh();
        return base.Read(caller, ref cursor, offset);
    }

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        Refresh();
        return base.Seek(caller, offset, from);
    }

    /// <inheritdoc/>
    public override Result<IMappableFile?> GetMappable()
    {
        Refresh();
        return Result.Of<IMappableFile?>(new Mapped(this));
    }

    /// <summary>Who writes has the copy already, and is counted there.</summary>
    private void Refresh()
    {
        if (!CanWrite && Inode.Content is { } content)
        {
            Content = content;
        }
    }

    /// <summary>What a mapping has of it: always the same pages.</summary>
    private sealed class Mapped(OverlayDescription description) : IMappableFile
    {
        public PageCache Pages { get; } = description.Pages;

        public byte[] MapsPath => description.MapsPath;

        public (ulong Device, ulong Inode) Identity => description.Identity;

        public void NoteStore() => description.NoteStore();

        public void Acquire() => description.Acquire();

        public void Release() => description.Release();
    }
}
