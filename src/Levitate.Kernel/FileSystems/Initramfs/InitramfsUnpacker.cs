using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Initramfs;

/// <summary>
/// Unpacks archives into a tree. Where a file's data lies page-aligned in the archive, its frames become the file's pages;
/// otherwise it is copied. Frames that no file uses are released.
/// </summary>
/// <param name="machine">The machine, for its frames.</param>
/// <param name="root">Where to; nothing is created outside, whatever the names say.</param>
internal sealed class InitramfsUnpacker(IMachine machine, Location root)
{
    private const long NanosecondsInSecond = 1_000_000_000;

    private readonly PathContext _context = new(root, Credentials.Root, null);
    private readonly Dictionary<(DeviceNumber, uint), Inode> _links = [];
    private readonly List<(Inode Directory, uint Seconds)> _directoryTimes = [];
    private readonly List<(FrameNumber Frame, int Start)> _tails = [];
    private FrameNumber _firstFrame;

    /// <summary>The directory of the entry before, and its path: neighbours in an archive are mostly of one directory.</summary>
    private Location _parent;
    private byte[]? _parentPath;

    /// <summary>What was wrong and where, once <see cref="Unpack"/> failed.</summary>
    public string? Fault { get; private set; }

    /// <summary>Unpacks an image, whose frames are taken over in any case. What came before a fault stays.</summary>
    /// <returns>EINVAL for a malformed archive; ENOMEM; what creating a file can yield.</returns>
    public Errno Unpack(ArchiveImage image)
    {
        _firstFrame = image.FirstFrame;
        Errno error = UnpackEntries(machine.Frames.ContiguousBytes(image.FirstFrame, image.Length));

        // Only now, with all headers read: the next one may lie in the last page of a file.
        foreach ((FrameNumber frame, int start) in _tails)
        {
            machine.Frames.Bytes(frame)[start..].Clear();
        }

        foreach ((Inode directory, uint seconds) in _directoryTimes)
        {
            directory.SetTimes(seconds * NanosecondsInSecond);
        }

        // Those that became pages of files have another reference.
        long frames = ((long)image.Length + PageSize.Bytes - 1) >> PageSize.Shift;
        for (long i = 0; i < frames; i++)
        {
            machine.Frames.Release(Frame(i));
        }

        _links.Clear();
        _directoryTimes.Clear();
        _tails.Clear();
        _parentPath = null;
        return error;
    }

    private Errno UnpackEntries(ReadOnlySpan<byte> archive)
    {
        var reader = new CpioReader(archive);
        while (true)
        {
            if (!reader.Next(out CpioEntry entry).TryGet(out bool found, out Errno error))
            {
                Fault = $"at byte {reader.Offset}: {reader.Fault}";
                return error;
            }

            if (!found)
            {
                return Errno.None;
            }

            if (reader.StartsArchive)
            {
                _links.Clear();
            }

            error = UnpackEntry(entry, reader.Name(entry), reader.Data(entry));
            if (error != Errno.None)
            {
                Fault = $"at byte {reader.Offset}: {error}";
                return error;
            }
        }
    }

    private Errno UnpackEntry(in CpioEntry entry, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        uint type = entry.Mode & FileMode.S_IFMT;
        Errno error = Check(entry, type, ref name, data);
        if (error != Errno.None)
        {
            return error;
        }

        if (name.IsEmpty)
        {
            // "." or "/": the root itself.
            return type == FileMode.S_IFDIR ? SetAttributes(root.Inode, entry) : Errno.EINVAL;
        }

        int slash = name.LastIndexOf((byte)'/');
        error = OpenParent(name[..Math.Max(slash, 0)]);
        if (error != Errno.None)
        {
            return error;
        }

        Location parent = _parent;
        if (CanDefer(parent, name[(slash + 1)..], entry, type, data))
        {
            return Defer(parent, name[(slash + 1)..], entry, type, data);
        }

        if (!FindOrCreate(parent, name[(slash + 1)..], entry, type, data).TryGet(out Inode? inode, out error))
        {
            return error;
        }

        if (inode is RegularInode file && !(entry.LinkCount > 1 && data.IsEmpty))
        {
            error = Fill(file, entry, data);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return SetAttributes(inode, entry);
    }

    /// <summary>Checks what the archive's format leaves open, and makes the name relative to the root.</summary>
    private static Errno Check(in CpioEntry entry, uint type, ref ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        bool isKnown = type is FileMode.S_IFREG or FileMode.S_IFDIR or FileMode.S_IFLNK or FileMode.S_IFCHR or FileMode.S_IFBLK or FileMode.S_IFIFO or FileMode.S_IFSOCK;
        bool isBadLink = type == FileMode.S_IFLNK && (data.Length is 0 or > 4095 || data.Contains((byte)0));
        if (!isKnown || isBadLink || entry.Mode > 0xffff)
        {
            return Errno.EINVAL;
        }

        name = name.TrimStart((byte)'/').TrimEnd((byte)'/');
        while (name.StartsWith("./"u8))
        {
            name = name[2..].TrimStart((byte)'/');
        }

        if (name.SequenceEqual("."u8))
        {
            name = default;
        }

        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name[range];
            if (component.SequenceEqual(".."u8) || component.SequenceEqual("."u8))
            {
                return Errno.EINVAL;
            }

            if (component.Length > PathWalk.MaximumName)
            {
                return Errno.ENAMETOOLONG;
            }
        }

        return Errno.None;
    }

    /// <summary>Whether an entry needs no inode yet: it has a name of its own, no name was there before, and its data lies as a file's pages do.</summary>
    private static bool CanDefer(Location parent, ReadOnlySpan<byte> name, in CpioEntry entry, uint type, ReadOnlySpan<byte> data) =>
        parent.Inode is TmpfsDirectory directory
        && (type == FileMode.S_IFLNK || (type == FileMode.S_IFREG && (data.IsEmpty || (entry.DataOffset & (PageSize.Bytes - 1)) == 0)))
        && entry.LinkCount <= 1
        && !directory.Lookup(parent.Dentry, name, null).Succeeded;

    private Errno Defer(Location parent, ReadOnlySpan<byte> name, in CpioEntry entry, uint type, ReadOnlySpan<byte> data)
    {
        bool isLink = type == FileMode.S_IFLNK;
        var file = new DeferredFile(
            (ushort)entry.Mode, entry.UserId, entry.GroupId, entry.ModificationTime,
            isLink || data.IsEmpty ? default : Frame(entry.DataOffset >> PageSize.Shift), isLink ? 0 : data.Length);
        Errno error = ((TmpfsDirectory)parent.Inode).Defer(parent.Dentry, name, file, isLink ? data : default);
        if (error == Errno.None)
        {
            HoldPages(file.FirstFrame, file.Length);
        }

        return error;
    }

    /// <summary>Finds the directory of a name, with those that the archive did not name created, and keeps it as <see cref="_parent"/>.</summary>
    private Errno OpenParent(ReadOnlySpan<byte> path)
    {
        if (_parentPath is not null && path.SequenceEqual(_parentPath))
        {
            return Errno.None;
        }

        _parentPath = null;
        if (!FindOrCreateParent(path).TryGet(out _parent, out Errno error))
        {
            return error;
        }

        _parentPath = path.ToArray();
        return Errno.None;
    }

    private Result<Location> FindOrCreateParent(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return root;
        }

        Result<Location> found = Resolve(path);
        if (found.Error != Errno.ENOENT)
        {
            return found;
        }

        for (int end = 1; end <= path.Length; end++)
        {
            if ((end < path.Length && path[end] != '/') || path[end - 1] == '/')
            {
                continue;
            }

            var walk = new PathWalk(_context, root, path[..end], WalkOptions.None);
            Errno error = walk.WalkToLast();
            if (error != Errno.None)
            {
                return error;
            }

            var directory = (DirectoryInode)walk.Directory.Inode;
            Result<Dentry> created = directory.Create(walk.Directory.Dentry, walk.Name, new NewFile(FileMode.S_IFDIR | 0x1ed, 0, 0));
            if (created.Error is not (Errno.None or Errno.EEXIST))
            {
                return created.Error;
            }
        }

        return Resolve(path);
    }

    private Result<Location> Resolve(ReadOnlySpan<byte> path) =>
        new PathWalk(_context, root, path, WalkOptions.Follow | WalkOptions.Directory).Resolve();

    private Result<Inode> FindOrCreate(Location parent, ReadOnlySpan<byte> name, in CpioEntry entry, uint type, ReadOnlySpan<byte> data)
    {
        var directory = (DirectoryInode)parent.Inode;
        bool isShared = entry.LinkCount > 1 && type != FileMode.S_IFDIR;
        Inode? first = isShared ? _links.GetValueOrDefault((entry.Device, entry.Number)) : null;
        if (first is not null && first.Type != type)
        {
            return Errno.EINVAL;
        }

        if (directory.Lookup(parent.Dentry, name, null).TryGet(out Dentry? existing, out _))
        {
            bool isKept = existing.Inode.Type == type && type is FileMode.S_IFDIR or FileMode.S_IFREG;
            if (isKept && (first is null || ReferenceEquals(existing.Inode, first)))
            {
                Remember(isShared, entry, existing.Inode);
                return existing.Inode;
            }

            // It may be on the way to the directory that is kept.
            _parentPath = null;
            Errno error = directory.Remove(parent.Dentry, existing, existing.Inode is DirectoryInode);
            if (error != Errno.None)
            {
                return error;
            }
        }

        Result<Dentry> created = first is not null && first.LinkCount > 0
            ? directory.Link(parent.Dentry, name, first)
            : directory.Create(parent.Dentry, name, new NewFile(entry.Mode, entry.UserId, entry.GroupId, entry.Node, type == FileMode.S_IFLNK ? data.ToArray() : null));
        if (!created.TryGet(out Dentry? dentry, out Errno failure))
        {
            return failure;
        }

        Remember(isShared, entry, dentry.Inode);
        return dentry.Inode;
    }

    private void Remember(bool isShared, in CpioEntry entry, Inode inode)
    {
        if (isShared)
        {
            _links[(entry.Device, entry.Number)] = inode;
        }
    }

    private Errno Fill(RegularInode file, in CpioEntry entry, ReadOnlySpan<byte> data)
    {
        Errno error = file.Pages.SetLength(0);
        if (error != Errno.None || data.IsEmpty)
        {
            return error;
        }

        if ((entry.DataOffset & (PageSize.Bytes - 1)) != 0)
        {
            return file.Pages.Write(0, data).TryGet(out int written, out error) && written < data.Length ? Errno.ENOMEM : error;
        }

        FrameNumber first = Frame(entry.DataOffset >> PageSize.Shift);
        file.Pages.Adopt(0, first, HoldPages(first, data.Length));
        return file.Pages.SetLength(data.Length);
    }

    /// <summary>Adds a reference to each page of a file that lies in the archive, and has the last one's end cleared in time.</summary>
    /// <returns>How many pages.</returns>
    private int HoldPages(FrameNumber first, int length)
    {
        int pages = (int)(((long)length + PageSize.Bytes - 1) >> PageSize.Shift);
        for (int i = 0; i < pages; i++)
        {
            machine.Frames.AddReference(new FrameNumber(first.Value + (uint)i));
        }

        int tail = length & (PageSize.Bytes - 1);
        if (tail != 0)
        {
            _tails.Add((new FrameNumber(first.Value + (uint)pages - 1), tail));
        }

        return pages;
    }

    private Errno SetAttributes(Inode inode, in CpioEntry entry)
    {
        if (inode is not LinkInode)
        {
            _ = inode.Change(new AttributeChange(entry.Mode, entry.UserId, entry.GroupId));
        }

        if (inode is DirectoryInode)
        {
            // Creating what is in it changes its time again.
            _directoryTimes.Add((inode, entry.ModificationTime));
        }
        else
        {
            inode.SetTimes(entry.ModificationTime * NanosecondsInSecond);
        }

        return Errno.None;
    }

    private FrameNumber Frame(long index) => new((uint)(_firstFrame.Value + index));
}
