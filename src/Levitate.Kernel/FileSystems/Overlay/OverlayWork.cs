using System;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>The directory where an overlay makes what then gets its name in the upper layer in one step. The tree lock guards it.</summary>
internal sealed class OverlayWork(Dentry directory)
{
    private uint _lastNumber;

    /// <summary>The directory.</summary>
    public Dentry Directory => directory;

    private DirectoryInode Inode => (DirectoryInode)directory.Inode;

    /// <summary>Whether a file of a layer stands for nothing being there: a character device 0/0.</summary>
    public static bool IsWhiteout(Inode inode) => inode.Type == FileMode.S_IFCHR && inode.DeviceIdentity == default;

    /// <summary>Finds a name in a directory of a layer.</summary>
    public static Result<Dentry> Find(Dentry directory, ReadOnlySpan<byte> name) => ((DirectoryInode)directory.Inode).Lookup(directory, name, null);

    /// <summary>Makes a file.</summary>
    public Result<Dentry> Create(in NewFile file)
    {
        Result<Dentry> made;
        do
        {
            made = Inode.Create(directory, NextName(), file);
        }
        while (made.Error == Errno.EEXIST);
        return made;
    }

    /// <summary>Makes a whiteout.</summary>
    public Result<Dentry> CreateWhiteout() => Create(new NewFile(FileMode.S_IFCHR, 0, 0));

    /// <summary>Makes another name of a file of the upper layer.</summary>
    public Result<Dentry> Link(Inode target)
    {
        Result<Dentry> made;
        do
        {
            made = Inode.Link(directory, NextName(), target);
        }
        while (made.Error == Errno.EEXIST);
        return made;
    }

    /// <summary>Moves what was made here to its place, where nothing is, or what it can replace.</summary>
    public Errno Move(Dentry made, Dentry place, ReadOnlySpan<byte> name, Dentry? replaced) =>
        Inode.Rename(directory, made, place, name, replaced, RenameFlags.None);

    /// <summary>Moves what was made here to where something of any type is, and removes that.</summary>
    public Errno MoveOver(Dentry made, Dentry place, Dentry replaced)
    {
        Errno error = Inode.Rename(directory, made, place, replaced.Name, replaced, RenameFlags.RENAME_EXCHANGE);
        if (error == Errno.None)
        {
            Discard(replaced);
        }

        return error;
    }

    /// <summary>Removes something from here; what cannot be removed stays, and is in nobody's way.</summary>
    public void Discard(Dentry made) => _ = Remove(directory, made);

    /// <summary>Removes a name of a layer; of a directory with the whiteouts in it.</summary>
    public static Errno Remove(Dentry place, Dentry name)
    {
        bool isDirectory = name.Inode is DirectoryInode;
        Errno error = isDirectory ? RemoveWhiteouts(name) : Errno.None;
        return error != Errno.None ? error : ((DirectoryInode)place.Inode).Remove(place, name, isDirectory);
    }

    /// <summary>Empties a directory of a layer that shows nothing.</summary>
    public static Errno RemoveWhiteouts(Dentry name)
    {
        var inode = (DirectoryInode)name.Inode;
        Errno error = Errno.None;
        for (long position = 0; error == Errno.None && inode.Read(ref position, out DirectoryEntry entry, null);)
        {
            if (Find(name, entry.Name.Span).TryGet(out Dentry? whiteout, out _) && IsWhiteout(whiteout.Inode))
            {
                error = inode.Remove(name, whiteout, asDirectory: false);
            }
        }

        return error;
    }

    private byte[] NextName() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"#{++_lastNumber:x}"));
}
