using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/[pid]/fd, links to the open files, or /proc/[pid]/fdinfo, what is known of each.</summary>
internal sealed class DescriptorDirectory(FileSystem fileSystem, ulong number, Process process, bool isInfo)
    : ProcDirectory(fileSystem, number, isInfo ? 0x16du : 0x140u, process.Credentials.EffectiveUserId, process.Credentials.EffectiveGroupId)
{
    /// <summary>Inode numbers of the entries begin here, beyond those of the process's other files.</summary>
    private const ulong FirstNumber = 0x1000;

    /// <inheritdoc/>
    protected override Inode? FindMore(ReadOnlySpan<byte> name, UserThread? caller)
    {
        if (!TryParseNumber(name, out int descriptor) || !TryGet(descriptor, out FileDescription? file))
        {
            return null;
        }

        uint permissions = 0x40u | (file.CanRead ? 0x100u : 0) | (file.CanWrite ? 0x80u : 0);
        file.Release();
        return isInfo
            ? new ProcFile(FileSystem, NumberOf(descriptor), 0x124, UserId, GroupId, (ProcText text, UserThread? _, ref ProcPlace place) => WriteInfo(text, descriptor, ref place)) { Guard = reader => ProcAccess.Check(process, reader) }
            : new ProcFileLink(FileSystem, NumberOf(descriptor), permissions, process, () => Find(descriptor));
    }

    /// <inheritdoc/>
    protected override bool ReadMore(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        entry = default;
        if (position > FileTable.Maximum || ProcAccess.Check(process, caller) != Errno.None || process.TryAcquireFiles() is not { } files)
        {
            return false;
        }

        uint? next = files.NextOpen((uint)position);
        files.Release();
        if (next is not { } descriptor)
        {
            return false;
        }

        position = descriptor + 1L;
        entry = new DirectoryEntry(NumberName(descriptor), NumberOf((int)descriptor), isInfo ? FileMode.S_IFREG : FileMode.S_IFLNK);
        return true;
    }

    private ulong NumberOf(int descriptor) => (Number & ~0xffffffffUL) | (isInfo ? 1UL << 30 : 0) | (FirstNumber + (uint)descriptor);

    private bool TryGet(int descriptor, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FileDescription? file)
    {
        file = null;
        if (process.TryAcquireFiles() is not { } files)
        {
            return false;
        }

        bool found = files.Get(descriptor).TryGet(out file, out _);
        files.Release();
        return found;
    }

    private Location? Find(int descriptor)
    {
        if (!TryGet(descriptor, out FileDescription? file))
        {
            return null;
        }

        Location location = file.Location;
        file.Release();
        return location;
    }

    /// <summary>What is known of all files; then, each some at a time, the locks and what is particular to the kind of file.</summary>
    private Errno WriteInfo(ProcText text, int descriptor, ref ProcPlace place)
    {
        if (process.TryAcquireFiles() is not { } files)
        {
            return Errno.ENOENT;
        }

        Errno error = Errno.ENOENT;
        if (files.Get(descriptor).TryGet(out FileDescription? file, out _))
        {
            place = WriteSome(text, descriptor, file, files, place);
            file.Release();
            error = Errno.None;
        }

        files.Release();
        return error;
    }

    private static ProcPlace WriteSome(ProcText text, int descriptor, FileDescription file, FileTable files, ProcPlace place)
    {
        const ulong Locks = 0, Details = 1;
        (ulong stage, ulong within, ulong lines) = place;
        if (stage == Details)
        {
            ulong next = file.WriteDetails(text, within);
            return next == 0 ? ProcPlace.End : new ProcPlace(Details, next);
        }

        if (within == 0)
        {
            bool closesOnExec = files.GetCloseOnExec(descriptor).TryGet(out bool isSet, out _) && isSet;
            text.AddLine($"pos:\t{file.Position}");
            text.AddLine($"flags:\t0{Convert.ToString((int)(file.Flags | (closesOnExec ? OpenFlags.O_CLOEXEC : 0)), 8)}");
            text.AddLine($"mnt_id:\t{file.Location.Mount.Id}");
            text.AddLine($"ino:\t{file.Inode.Number}");
        }

        return LockFiles.WriteOf(text, file, files, ref within, ref lines) ? new ProcPlace(Locks, within, lines) : new ProcPlace(Details);
    }
}
