using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>
/// Shows several directories as one: an upper one, which takes all changes, over lower ones, which stay as they are. What it
/// finds in the layers it keeps for as long as it is mounted; a change of a layer by another way than through it is
/// undefined, as on Linux, and does no harm to the kernel.
/// </summary>
/// <remarks>Linux: Documentation/filesystems/overlayfs.rst.</remarks>
internal sealed class OverlayFileSystem : FileSystem
{
    /// <summary>Guards every name of this overlay. Order: before the layers' own. Nothing is released while it is held but what is held otherwise, too.</summary>
    private KernelLock _treeLock;

    /// <summary>Guards <see cref="_byUpper"/>. A leaf.</summary>
    private KernelLock _inodesLock = new(LockOrder.OverlayInodes);
    private readonly Dictionary<Inode, Inode> _byUpper = new(ReferenceEqualityComparer.Instance);
    private readonly Dentry[] _layers;
    private readonly FileSystem[] _fileSystems;
    private readonly string _attributePrefix;

    /// <summary>An overlay of layers that were checked.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="upper">The upper directory; null: it is read-only.</param>
    /// <param name="work">The directory for what is being made, in the upper one's file system.</param>
    /// <param name="lowers">The lower directories, the topmost first.</param>
    /// <param name="options">What it is mounted with.</param>
    /// <param name="depth">How many overlays it is high, itself included.</param>
    public OverlayFileSystem(IMachine machine, Dentry? upper, Dentry? work, Dentry[] lowers, OverlayOptions options, int depth)
        : base(machine)
    {
        _treeLock = new KernelLock(depth > 1 ? LockOrder.OuterOverlayTree : LockOrder.OverlayTree);
        Depth = depth;
        _attributePrefix = options.UsesUserAttributes ? "user.overlay." : "trusted.overlay.";
        OptionsText = TextOf(options);
        _layers = upper is null ? lowers : [upper, work!, .. lowers];
        _fileSystems = FileSystemsOf(_layers);
        foreach (Dentry layer in _layers)
        {
            layer.Inode.Acquire();
            layer.Inode.FileSystem.AddMount();
        }

        Work = upper is null ? null : new OverlayWork(work!);
        Dentry[] shown = upper is not null && IsOpaque(upper.Inode) ? [] : lowers;
        var node = new OverlayNode(this, upper, shown) { NameCount = 1 };
        Inode real = (upper ?? lowers[0]).Inode;
        Root = new Dentry(null, [], new OverlayDirectory(node, NumberOf(real), real));
        node.Name = Root;
    }

    /// <summary>How many overlays it is high, itself included.</summary>
    public int Depth { get; }

    /// <inheritdoc/>
    public override string TypeName => "overlay";

    /// <inheritdoc/>
    public override uint Magic => 0x794c7630;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <inheritdoc/>
    public override string OptionsText { get; }

    /// <inheritdoc/>
    public override FileSystemUsage Usage => _fileSystems[0].Usage;

    /// <summary>Where the upper layer's files are made; null where there is no upper layer.</summary>
    public OverlayWork? Work { get; }

    /// <inheritdoc cref="_treeLock"/>
    public ref KernelLock TreeLock => ref _treeLock;

    /// <inheritdoc/>
    internal override bool IsReadOnly => Work is null;

    /// <inheritdoc/>
    internal override bool HasExtendedAttributes => true;

    /// <summary>The attribute of a directory of a layer that hides those below it.</summary>
    private byte[] OpaqueName => Encoding.ASCII.GetBytes(_attributePrefix + "opaque");

    /// <summary>Linux ignores what mount(8) repeats of the options.</summary>
    internal override Errno Reconfigure(ReadOnlySpan<byte> options) => Errno.None;

    /// <summary>Its own attributes are hidden; programs' of such names are kept one prefix deeper.</summary>
    internal override byte[] BackingAttributeName(byte[] name)
    {
        byte[] prefix = Encoding.ASCII.GetBytes(_attributePrefix);
        return name.AsSpan().StartsWith(prefix) ? [.. prefix, .. "overlay."u8, .. name.AsSpan(prefix.Length)] : name;
    }

    /// <inheritdoc/>
    internal override byte[][] ShownAttributeNames(byte[][] ofBacking)
    {
        byte[] prefix = Encoding.ASCII.GetBytes(_attributePrefix);
        byte[] escaped = [.. prefix, .. "overlay."u8];
        byte[][] shown = Array.FindAll(ofBacking, name => !IsPrivateAttribute(name));
        return Array.ConvertAll(shown, name => name.AsSpan().StartsWith(escaped) ? [.. prefix, .. name.AsSpan(escaped.Length)] : name);
    }

    /// <summary>Whether an attribute of a layer's file is the overlay's own.</summary>
    internal bool IsPrivateAttribute(ReadOnlySpan<byte> name) =>
        name.StartsWith(Encoding.ASCII.GetBytes(_attributePrefix)) && !name.StartsWith(Encoding.ASCII.GetBytes(_attributePrefix + "overlay."));

    /// <summary>Whether a directory of a layer hides those of the layers below it.</summary>
    internal bool IsOpaque(Inode inode) =>
        inode.ExtendedAttributesIfAny?.Get(inode.StoredAttributeName(OpaqueName)) is { Succeeded: true } found && found.Value is [(byte)'y'];

    /// <summary>Makes a directory of the upper layer hide those below it; ENOSPC.</summary>
    internal Errno SetOpaque(Inode inode) => inode.ExtendedAttributes.Set(OpaqueName, "y"u8.ToArray(), AttributeFlags.None);

    /// <summary>st_ino of what shows a layer's file: its own where all layers are of one file system, else with that one's place above.</summary>
    internal ulong NumberOf(Inode real) =>
        real.Number | ((ulong)Array.IndexOf(_fileSystems, real.FileSystem) << (Depth > 1 ? 52 : 40));

    /// <summary>The file that shows files of layers, with a reference for the caller. The tree lock is held.</summary>
    /// <returns>ENOENT where it has just gone.</returns>
    internal Result<Inode> GetInode(Dentry? upper, Dentry[] lowers)
    {
        Inode real = (upper ?? lowers[0]).Inode;
        if (upper is not null && FindByUpper(real) is { } known)
        {
            return known;
        }

        if (!real.TryAcquire())
        {
            return Errno.ENOENT;
        }

        var node = new OverlayNode(this, upper, lowers);
        Inode made = real switch
        {
            DirectoryInode => new OverlayDirectory(node, NumberOf(real), real),
            LinkInode => new OverlayLink(node, NumberOf(real), real),
            _ => new OverlayFile(node, NumberOf(real), real),
        };
        real.Release();
        if (upper is not null && real is not DirectoryInode)
        {
            Remember(real, made);
        }

        return made;
    }

    /// <summary>A file was copied up. The tree lock is held.</summary>
    internal void Adopt(IOverlayInode inode, Dentry copy)
    {
        inode.Adopt(copy.Inode);
        inode.Node.Upper = copy;
        if (copy.Inode is not DirectoryInode)
        {
            Remember(copy.Inode, (Inode)inode);
        }
    }

    /// <inheritdoc/>
    internal override void OnInodeGone(Inode inode)
    {
        using (_inodesLock.Enter())
        {
            Inode real = ((IOverlayInode)inode).Real;
            if (_byUpper.TryGetValue(real, out Inode? known) && ReferenceEquals(known, inode))
            {
                _byUpper.Remove(real);
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnUnmounted()
    {
        // A file has one reference for all of its names.
        var named = new HashSet<Inode>(ReferenceEqualityComparer.Instance) { Root.Inode };
        var directories = new Stack<OverlayDirectory>([(OverlayDirectory)Root.Inode]);
        using (TreeLock.Enter())
        {
            while (directories.TryPop(out OverlayDirectory? directory))
            {
                directory.TakeAll(named, directories);
            }
        }

        foreach (Inode inode in named)
        {
            inode.Release();
        }

        foreach (Dentry layer in _layers)
        {
            layer.Inode.Release();
            layer.Inode.FileSystem.RemoveMount();
        }
    }

    private Inode? FindByUpper(Inode real)
    {
        using (_inodesLock.Enter())
        {
            return _byUpper.TryGetValue(real, out Inode? known) && known.TryAcquire() ? known : null;
        }
    }

    private void Remember(Inode real, Inode inode)
    {
        using (_inodesLock.Enter())
        {
            _byUpper[real] = inode;
        }
    }

    private static FileSystem[] FileSystemsOf(Dentry[] layers)
    {
        var found = new List<FileSystem>();
        foreach (Dentry layer in layers)
        {
            if (!found.Contains(layer.Inode.FileSystem))
            {
                found.Add(layer.Inode.FileSystem);
            }
        }

        return [.. found];
    }

    private static string TextOf(OverlayOptions options)
    {
        var text = new StringBuilder();
        foreach (byte[] option in options.Given)
        {
            text.Append(',');
            foreach (byte value in option)
            {
                _ = value <= ' ' ? text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0')) : text.Append((char)value);
            }
        }

        return text.Append(options.UsesUserAttributes ? ",userxattr" : string.Empty).ToString();
    }
}
