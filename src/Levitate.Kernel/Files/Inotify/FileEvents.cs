using System.Threading;
using Levitate.Kernel.Files.Paths;

namespace Levitate.Kernel.Files.Inotify;

/// <summary>
/// Tells those who watch a file, or its directory, of what was done to it. Where nobody watches anything in a file system
/// that costs the look at one number. Called by the system calls, after the deed and without locks of file systems.
/// </summary>
/// <remarks>Linux: include/linux/fsnotify.h has the order of events.</remarks>
internal static class FileEvents
{
    private static int s_lastCookie;

    /// <summary>What was done to an open file: see <see cref="OfPlace"/>. O_PATH descriptors do nothing that counts.</summary>
    public static void OfFile(FileDescription file, InotifyMask what)
    {
        if (file.Inode.FileSystem.IsWatched && file is not PathDescription)
        {
            OfPlace(file.Location, what);
        }
    }

    /// <summary>What was done to a file by one of its names: its directory's watchers learn the name, its own do not.</summary>
    public static void OfPlace(Location place, InotifyMask what)
    {
        Inode inode = place.Inode;
        if (!inode.FileSystem.IsWatched)
        {
            return;
        }

        what |= KindOf(inode);
        (Dentry? parent, byte[] name) = place.Dentry.CurrentPlace;
        parent?.Inode.WatchesIfAny?.Report(what, 0, name, place.Dentry.IsUnlinked);
        inode.WatchesIfAny?.Report(what, 0, null, isUnlinked: false);
    }

    /// <summary>A name came or went.</summary>
    public static void OfName(Inode directory, byte[] name, Inode named, InotifyMask what, int cookie = 0)
    {
        if (directory.FileSystem.IsWatched)
        {
            directory.WatchesIfAny?.Report(what | KindOf(named), (uint)cookie, name, isUnlinked: false);
        }
    }

    /// <summary>What concerns a file apart from its names: their number, or that it was moved.</summary>
    public static void OfInode(Inode inode, InotifyMask what) =>
        inode.WatchesIfAny?.Report(what | (what == InotifyMask.IN_MOVE_SELF ? InotifyMask.None : KindOf(inode)), 0, null, isUnlinked: false);

    /// <summary>A name was moved.</summary>
    public static void OfMove(Inode from, byte[] oldName, Inode to, byte[] newName, Inode moved)
    {
        if (!from.FileSystem.IsWatched)
        {
            return;
        }

        int cookie = Interlocked.Increment(ref s_lastCookie);
        OfName(from, oldName, moved, InotifyMask.IN_MOVED_FROM, cookie);
        OfName(to, newName, moved, InotifyMask.IN_MOVED_TO, cookie);
    }

    private static InotifyMask KindOf(Inode inode) => inode is DirectoryInode ? InotifyMask.IN_ISDIR : InotifyMask.None;
}
