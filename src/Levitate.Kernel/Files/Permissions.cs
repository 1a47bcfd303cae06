using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>What one wants to do with a file: the bits of a permission triple, and of access(2)'s mode.</summary>
[Flags]
public enum AccessKinds : uint
{
    /// <summary>Existence (F_OK).</summary>
    None = 0,

    /// <summary>Execute, or search a directory (X_OK).</summary>
    Execute = 1,

    /// <summary>Write (W_OK).</summary>
    Write = 2,

    /// <summary>Read (R_OK).</summary>
    Read = 4,
}

/// <summary>Who may do what with a file.</summary>
/// <remarks>Linux: path_resolution(7), "Permissions"; capabilities(7).</remarks>
internal static class Permissions
{
    /// <summary>Whether a capability is in effect.</summary>
    public static bool Has(this Credentials credentials, Capability capability) => ((credentials.EffectiveCapabilities >> (int)capability) & 1) != 0;

    /// <summary>Whether the thread counts as a member of the group where files are concerned.</summary>
    public static bool IsInGroup(this Credentials credentials, uint group) =>
        credentials.FileSystemGroupId == group || credentials.SupplementaryGroups.Contains(group);

    /// <summary>Whether the thread owns the file or may act as its owner (CAP_FOWNER).</summary>
    public static bool OwnsOrMay(this Credentials credentials, Inode inode) =>
        credentials.FileSystemUserId == inode.UserId || credentials.Has(Capability.CAP_FOWNER);

    /// <summary>EACCES where the file's mode and the thread's capabilities do not allow all of <paramref name="kinds"/>.</summary>
    public static Errno Check(Inode inode, Credentials credentials, AccessKinds kinds)
    {
        uint mode = inode.Mode;
        int shift = credentials.FileSystemUserId == inode.UserId ? 6 : credentials.IsInGroup(inode.GroupId) ? 3 : 0;
        uint missing = (uint)kinds & ~(mode >> shift) & 7;
        if (missing == 0)
        {
            return Errno.None;
        }

        bool isDirectory = (mode & FileMode.S_IFMT) == FileMode.S_IFDIR;
        bool mayOverride = isDirectory || (kinds & AccessKinds.Execute) == 0 || (mode & FileMode.S_IXUGO) != 0;
        if (mayOverride && credentials.Has(Capability.CAP_DAC_OVERRIDE))
        {
            return Errno.None;
        }

        AccessKinds searchable = isDirectory ? AccessKinds.Read | AccessKinds.Execute : AccessKinds.Read;
        return (kinds & ~searchable) == 0 && credentials.Has(Capability.CAP_DAC_READ_SEARCH) ? Errno.None : Errno.EACCES;
    }

    /// <summary>Whether a name may be added to a directory.</summary>
    public static Errno CheckCreate(Paths.Location directory, Credentials credentials)
    {
        Errno error = directory.CheckWritable();
        return error != Errno.None ? error : Check(directory.Inode, credentials, AccessKinds.Write | AccessKinds.Execute);
    }

    /// <summary>
    /// The mode that a new file gets in a directory, before the umask: who is not in the group that the directory gives it
    /// may make no set-group-ID program of that group.
    /// </summary>
    public static uint ModeIn(Paths.Location directory, Credentials credentials, uint mode)
    {
        const uint SetGroupProgram = FileMode.S_ISGID | 0x8;
        bool isForeign = (mode & SetGroupProgram) == SetGroupProgram
            && (mode & FileMode.S_IFMT) != FileMode.S_IFDIR
            && (directory.Inode.Mode & FileMode.S_ISGID) != 0
            && !credentials.IsInGroup(directory.Inode.GroupId)
            && !credentials.Has(Capability.CAP_FSETID);
        return isForeign ? mode & ~FileMode.S_ISGID : mode;
    }

    /// <summary>Whether a name may be taken out of a directory, its sticky bit included.</summary>
    public static Errno CheckRemove(Paths.Location directory, Inode victim, Credentials credentials)
    {
        Errno error = CheckCreate(directory, credentials);
        if (error != Errno.None)
        {
            return error;
        }

        bool isProtected = (directory.Inode.Mode & FileMode.S_ISVTX) != 0
            && credentials.FileSystemUserId != victim.UserId
            && credentials.FileSystemUserId != directory.Inode.UserId
            && !credentials.Has(Capability.CAP_FOWNER);
        return isProtected ? Errno.EPERM : Errno.None;
    }
}
