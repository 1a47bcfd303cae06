using System;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Files.Paths;

/// <summary>A place in the tree of names: a name, and the mount through which it was reached.</summary>
/// <param name="Mount">The mount.</param>
/// <param name="Dentry">The name.</param>
public readonly record struct Location(Mount Mount, Dentry Dentry)
{
    /// <summary>The file there.</summary>
    public Inode Inode => Dentry.Inode;

    /// <summary>Whether it is the directory that the mount's root is.</summary>
    public bool IsMountRoot => ReferenceEquals(Dentry, Mount.RootName);

    /// <summary>EROFS where the mount is read-only.</summary>
    public Errno CheckWritable() => (Mount.Options & MountOptions.ReadOnly) != 0 ? Errno.EROFS : Errno.None;

    /// <summary>Notes that the content was read: st_atime, as the mount says. Never where it is read-only.</summary>
    /// <remarks>Linux: mount(2), MS_NOATIME, MS_NODIRATIME, MS_RELATIME, MS_STRICTATIME.</remarks>
    internal void MarkAccessed()
    {
        MountOptions options = Mount.Options;
        bool isNoted = (options & (MountOptions.ReadOnly | MountOptions.NoAccessTime)) == 0
            && ((options & MountOptions.NoDirectoryAccessTime) == 0 || Inode is not DirectoryInode);
        if (isNoted)
        {
            Inode.MarkAccessed(isStrict: (options & MountOptions.StrictAccessTime) != 0);
        }
    }

    /// <summary>
    /// The absolute path as seen from <paramref name="root"/>; "(unreachable)" in front where the place is not below it,
    /// " (deleted)" behind where the name is gone.
    /// </summary>
    /// <remarks>Linux: d_path, getcwd(2).</remarks>
    public byte[] GetPath(Location root) => GetPath(root, out _);

    /// <inheritdoc cref="GetPath(Location)"/>
    public byte[] GetPath(Location root, out bool isReachable)
    {
        Span<byte> buffer = stackalloc byte[512];
        var path = new PathBuilder(buffer);
        if (Dentry.IsUnlinked)
        {
            path.Prepend(" (deleted)"u8);
        }

        Location place = this;
        bool isEmpty = true;
        while (place != root)
        {
            if (place.IsMountRoot)
            {
                if (place.Mount.Place is not { } covered)
                {
                    break;
                }

                place = covered;
                continue;
            }

            (Dentry? parent, byte[] name) = place.Dentry.CurrentPlace;
            path.Prepend(name);
            if (parent is null)
            {
                // What lies in no directory, such as a pipe, is shown by its bare name.
                isReachable = true;
                return path.ToArray();
            }

            path.Prepend("/"u8);
            isEmpty = false;
            place = new Location(place.Mount, parent);
        }

        if (isEmpty)
        {
            path.Prepend("/"u8);
        }

        isReachable = place == root;
        if (!isReachable)
        {
            path.Prepend("(unreachable)"u8);
        }

        return path.ToArray();
    }

    /// <summary>Builds a path from its end.</summary>
    private ref struct PathBuilder(Span<byte> buffer)
    {
        private Span<byte> _buffer = buffer;
        private int _start = buffer.Length;

        public void Prepend(ReadOnlySpan<byte> text)
        {
            if (text.Length > _start)
            {
                var larger = new byte[(2 * _buffer.Length) + text.Length];
                int start = larger.Length - (_buffer.Length - _start);
                _buffer[_start..].CopyTo(larger.AsSpan(start));
                _buffer = larger;
                _start = start;
            }

            _start -= text.Length;
            text.CopyTo(_buffer[_start..]);
        }

        public readonly byte[] ToArray() => _buffer[_start..].ToArray();
    }
}
