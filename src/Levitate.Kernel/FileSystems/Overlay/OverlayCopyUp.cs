using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>
/// Copies a file of a lower layer to the upper one before it is changed: the directories that it is in, then itself, whole
/// before it gets its name. Owners, permissions, times and extended attributes come along.
/// </summary>
internal static class OverlayCopyUp
{
    /// <summary>Sees to it that a file is in the upper layer.</summary>
    /// <param name="inode">An overlay's file.</param>
    /// <param name="withContent">False: it is about to be truncated.</param>
    /// <returns>EROFS without an upper layer; ENOSPC, ENOMEM.</returns>
    public static Errno Run(Inode inode, bool withContent = true)
    {
        OverlayNode node = ((IOverlayInode)inode).Node;
        if (node.Upper is not null)
        {
            return Errno.None;
        }

        if (node.FileSystem.IsReadOnly)
        {
            return Errno.EROFS;
        }

        // What is not in the upper layer is where it always was: it would be there had it been moved.
        var missing = new Stack<Inode>();
        for (Dentry? at = node.Name; at is not null && ((IOverlayInode)at.Inode).Node.Upper is null; at = at.Parent)
        {
            missing.Push(at.Inode);
        }

        Errno error = Errno.None;
        while (error == Errno.None && missing.TryPop(out Inode? next))
        {
            error = RunOne((IOverlayInode)next, withContent || next != inode);
        }

        return error;
    }

    private static Errno RunOne(IOverlayInode inode, bool withContent)
    {
        OverlayNode node = inode.Node;
        using (node.CopyUpLock.Enter())
        {
            if (node.Upper is not null)
            {
                return Errno.None;
            }

            return inode.Real.Content is { } content
                ? CopyRegular(inode, content, withContent)
                : CopyOther(inode);
        }
    }

    /// <summary>A regular file is made without a name.</summary>
    private static Errno CopyRegular(IOverlayInode inode, RegularInode content, bool withContent)
    {
        OverlayFileSystem fileSystem = inode.Node.FileSystem;
        Inode real = inode.Real;
        if (!((DirectoryInode)fileSystem.Work!.Directory.Inode).CreateUnnamed(new NewFile(real.Mode, real.UserId, real.GroupId)).TryGet(out Inode? copy, out Errno error))
        {
            return error;
        }

        error = withContent ? CopyContent(content, copy.Content!) : Errno.None;
        error = error != Errno.None ? error : CopyAttributes(real, copy, fileSystem);
        if (error == Errno.None)
        {
            using (fileSystem.TreeLock.Enter())
            {
                Dentry name = inode.Node.Name!;
                Dentry? upper = new(null, [], copy);
                if (!name.IsUnlinked)
                {
                    copy.IsLinkable = true;
                    Dentry parent = ((IOverlayInode)name.Parent!.Inode).Node.Upper!;
                    var times = new ParentTimes(parent.Inode);
                    _ = ((DirectoryInode)parent.Inode).Link(parent, name.Name, copy).TryGet(out upper, out error);
                    times.Restore();
                }

                if (error == Errno.None)
                {
                    fileSystem.Adopt(inode, upper!);
                }
            }
        }

        copy.Release();
        return error;
    }

    /// <summary>Anything else is made in the work directory, and moved.</summary>
    private static Errno CopyOther(IOverlayInode inode)
    {
        OverlayFileSystem fileSystem = inode.Node.FileSystem;
        Inode real = inode.Real;
        byte[]? text = null;
        if (real is LinkInode link)
        {
            if (!link.ReadText(null).TryGet(out ReadOnlyMemory<byte> target, out Errno unread))
            {
                return unread;
            }

            text = target.ToArray();
        }

        using (fileSystem.TreeLock.Enter())
        {
            OverlayWork work = fileSystem.Work!;
            if (!work.Create(new NewFile(real.Mode, real.UserId, real.GroupId, real.DeviceIdentity, text)).TryGet(out Dentry? copy, out Errno error))
            {
                return error;
            }

            error = CopyAttributes(real, copy.Inode, fileSystem);
            Dentry name = inode.Node.Name!;
            if (error == Errno.None && !name.IsUnlinked)
            {
                Dentry parent = ((IOverlayInode)name.Parent!.Inode).Node.Upper!;
                var times = new ParentTimes(parent.Inode);
                error = work.Move(copy, parent, name.Name, null);
                times.Restore();
            }

            if (error == Errno.None)
            {
                fileSystem.Adopt(inode, copy);
            }

            if (error != Errno.None || name.IsUnlinked)
            {
                work.Discard(copy);
            }

            return error;
        }
    }

    /// <summary>Copies what is there; holes stay holes.</summary>
    private static Errno CopyContent(RegularInode source, RegularInode copy)
    {
        long length = source.Pages.Length;
        Errno error = copy.SetLength(length);
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        for (long offset = 0; error == Errno.None && source.Pages.FindExtent(offset, isData: true).TryGet(out offset, out _) && offset < length;)
        {
            int count = source.Pages.Read(offset, buffer[..(int)Math.Min(PageSize.Bytes - (offset & (PageSize.Bytes - 1)), length - offset)]);
            if (!copy.Pages.Write(offset, buffer[..count]).TryGet(out int written, out error) || written < count)
            {
                return error != Errno.None ? error : Errno.ENOSPC;
            }

            offset += count;
        }

        return error;
    }

    private static Errno CopyAttributes(Inode source, Inode copy, OverlayFileSystem fileSystem)
    {
        foreach (byte[] name in source.GetAttributeNames())
        {
            if (!fileSystem.IsPrivateAttribute(name) && source.ExtendedAttributes.Get(source.StoredAttributeName(name)).TryGet(out byte[]? value, out _))
            {
                Errno error = copy.ExtendedAttributes.Set(name, value, AttributeFlags.None);
                if (error != Errno.None)
                {
                    return error;
                }
            }
        }

        return copy.Change(new AttributeChange(source.Mode & FileMode.S_IALLUGO, source.UserId, source.GroupId, source.AccessTime, source.ModificationTime));
    }

    /// <summary>A directory's times, which a copy that comes into it is not to change.</summary>
    private readonly struct ParentTimes(Inode directory)
    {
        private readonly long _access = directory.AccessTime;
        private readonly long _modification = directory.ModificationTime;

        public void Restore() => _ = directory.Change(new AttributeChange(AccessTime: _access, ModificationTime: _modification));
    }
}
