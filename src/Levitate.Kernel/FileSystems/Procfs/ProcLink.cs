using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>A symbolic link whose text is made when it is asked for (/proc/self).</summary>
internal sealed class ProcTextLink(FileSystem fileSystem, ulong number, Func<UserThread?, byte[]?> text) : LinkInode(fileSystem, number, 0, 0)
{
    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) => Errno.EPERM;

    /// <inheritdoc/>
    public override Result<LinkTarget> Follow(UserThread? caller) => text(caller) is { } bytes ? new LinkTarget(bytes) : Errno.ENOENT;

    /// <inheritdoc/>
    public override Result<ReadOnlyMemory<byte>> ReadText(UserThread? caller) =>
        text(caller) is { } bytes ? new ReadOnlyMemory<byte>(bytes) : Errno.ENOENT;
}

/// <summary>A link that leads straight to a file of a process, whatever its path is now (/proc/[pid]/fd/0, cwd).</summary>
internal sealed class ProcFileLink(FileSystem fileSystem, ulong number, uint permissions, Process process, Func<Location?> file)
    : LinkInode(fileSystem, number, process.Credentials.EffectiveUserId, process.Credentials.EffectiveGroupId)
{
    /// <inheritdoc/>
    public override uint Mode => FileMode.S_IFLNK | permissions;

    /// <inheritdoc/>
    public override long Size => 64;

    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) => Errno.EPERM;

    /// <inheritdoc/>
    public override Result<LinkTarget> Follow(UserThread? caller)
    {
        Errno error = ProcAccess.Check(process, caller);
        return error != Errno.None ? error : file() is { } location ? new LinkTarget(default, location) : Errno.ENOENT;
    }

    /// <inheritdoc/>
    public override Result<ReadOnlyMemory<byte>> ReadText(UserThread? caller)
    {
        Errno error = ProcAccess.Check(process, caller);
        if (error != Errno.None || file() is not { } location)
        {
            return error != Errno.None ? error : Errno.ENOENT;
        }

        return new ReadOnlyMemory<byte>(location.GetPath(caller?.FileSystem.Root ?? location.Mount.Namespace.RootMount.Root));
    }
}

/// <summary>Who may look into a process.</summary>
internal static class ProcAccess
{
    /// <summary>
    /// EACCES unless the reader has CAP_SYS_PTRACE, is of the process, or of its user where the process is dumpable and
    /// has no capability that the reader lacks.
    /// </summary>
    /// <remarks>Linux: ptrace(2), "Ptrace access mode checking".</remarks>
    public static Errno Check(Process process, UserThread? reader)
    {
        if (reader is null || ReferenceEquals(reader.Process, process))
        {
            return Errno.None;
        }

        Credentials mine = reader.Credentials, theirs = process.Credentials;
        bool isSameUser = theirs.RealUserId == mine.FileSystemUserId && theirs.EffectiveUserId == mine.FileSystemUserId && theirs.SavedUserId == mine.FileSystemUserId;
        bool isSameGroup = theirs.RealGroupId == mine.FileSystemGroupId && theirs.EffectiveGroupId == mine.FileSystemGroupId && theirs.SavedGroupId == mine.FileSystemGroupId;
        bool isEqual = isSameUser && isSameGroup && process.IsDumpable && (theirs.PermittedCapabilities & ~mine.PermittedCapabilities) == 0;
        return isEqual || mine.Has(Capability.CAP_SYS_PTRACE) ? Errno.None : Errno.EACCES;
    }
}
