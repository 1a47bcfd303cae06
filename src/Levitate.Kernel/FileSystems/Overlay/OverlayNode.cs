using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>A file of an overlay: a directory, a link, or any other.</summary>
internal interface IOverlayInode
{
    /// <summary>Where it lies in the layers.</summary>
    OverlayNode Node { get; }

    /// <summary>The file of a layer that it shows.</summary>
    Inode Real { get; }

    /// <summary>It was copied up: shows this file from now on, and keeps the old one for those who have it open. The tree lock is held.</summary>
    void Adopt(Inode copy);
}

/// <summary>Where a file of an overlay lies in the layers.</summary>
internal sealed class OverlayNode(OverlayFileSystem fileSystem, Dentry? upper, Dentry[] lowers)
{
    private Dentry? _upper = upper;
    private KernelLock _copyUpLock = new(LockOrder.OverlayCopyUp);

    /// <summary>Its file system.</summary>
    public OverlayFileSystem FileSystem => fileSystem;

    /// <summary>Held while it is copied up.</summary>
    public ref KernelLock CopyUpLock => ref _copyUpLock;

    /// <summary>Its name in the upper layer; null until it is copied up. Set once, with the tree lock held.</summary>
    public Dentry? Upper
    {
        get => Volatile.Read(ref _upper);
        set => Volatile.Write(ref _upper, value);
    }

    /// <summary>Its names in the lower layers, the topmost first: of a directory those that it shows, of others one, or none.</summary>
    public Dentry[] Lowers => lowers;

    /// <summary>Its name in the overlay, or one of several; null where it never had one. What is only in lower layers has one.</summary>
    public Dentry? Name { get; set; }

    /// <summary>How many names of it the overlay knows: one reference for all of them. The tree lock guards it.</summary>
    public int NameCount { get; set; }

    /// <summary>The file that it showed before it was copied up, with a reference.</summary>
    public Inode? Replaced { get; set; }

    /// <summary>Whether a directory is in the upper layer alone, so that it can be renamed.</summary>
    public bool IsPureUpper => Upper is not null && lowers.Length == 0;

    /// <summary>Whether a directory shows several.</summary>
    public bool IsMerged => lowers.Length + (Upper is null ? 0 : 1) > 1;

    /// <summary>The file goes away.</summary>
    public void Release() => Replaced?.Release();
}
