using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <content>Seals (fcntl(2), memfd_create(2)). <see cref="WriteLock"/> guards them.</content>
public sealed partial class RegularInode
{
    private const FileSeals AllSeals = FileSeals.F_SEAL_SEAL | FileSeals.F_SEAL_SHRINK | FileSeals.F_SEAL_GROW | FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE
        | FileSeals.F_SEAL_EXEC;
    private const FileSeals WriteSeals = FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE;

    // As on Linux every file in memory has them, but only memfd_create makes such that take further ones.
    private int _seals = (int)FileSeals.F_SEAL_SEAL;

    /// <summary>What is sealed; a moment's view without <see cref="WriteLock"/>.</summary>
    public FileSeals Seals => (FileSeals)Volatile.Read(ref _seals);

    /// <summary>Whether new shared mappings may not become writable.</summary>
    internal bool IsSealedForWriting => (Seals & WriteSeals) != 0;

    /// <summary>Before anybody has it: the file is to take seals, and has some.</summary>
    internal void AllowSealing(FileSeals seals = FileSeals.None) => _seals = (int)seals;

    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) =>
        (Seals & FileSeals.F_SEAL_EXEC) != 0 && change.Mode is { } mode && ((mode ^ Mode) & FileMode.S_IXUGO) != 0 ? Errno.EPERM : base.Change(change);

    /// <summary>Adds seals.</summary>
    /// <returns>EINVAL for unknown ones; EPERM where no more can be added; EBUSY for F_SEAL_WRITE while a shared mapping may be written to.</returns>
    internal Errno AddSeals(FileSeals added)
    {
        if ((added & ~AllSeals) != 0)
        {
            return Errno.EINVAL;
        }

        using (WriteLock.Enter())
        {
            FileSeals seals = Seals;
            if ((seals & FileSeals.F_SEAL_SEAL) != 0)
            {
                return Errno.EPERM;
            }

            if ((added & FileSeals.F_SEAL_EXEC) != 0 && (Mode & FileMode.S_IXUGO) != 0)
            {
                // What is to stay a program must stay the same one.
                added |= FileSeals.F_SEAL_SHRINK | FileSeals.F_SEAL_GROW | WriteSeals;
            }

            if ((added & ~seals & FileSeals.F_SEAL_WRITE) != 0 && Pages.HasWritableMappings)
            {
                return Errno.EBUSY;
            }

            Volatile.Write(ref _seals, (int)(seals | added));
            return Errno.None;
        }
    }

    /// <summary>Whether the length may change so; <see cref="WriteLock"/> is held. EPERM where that is sealed.</summary>
    private Errno CheckLength(long length)
    {
        FileSeals forbidding = length < Pages.Length ? FileSeals.F_SEAL_SHRINK : length > Pages.Length ? FileSeals.F_SEAL_GROW : FileSeals.None;
        return (Seals & forbidding) != 0 ? Errno.EPERM : Errno.None;
    }

    /// <summary>How many bytes may be written from an offset on; <see cref="WriteLock"/> is held. EPERM where that is none.</summary>
    internal Result<long> CountWritable(long offset, long count)
    {
        FileSeals seals = Seals;
        if ((seals & WriteSeals) != 0)
        {
            return Errno.EPERM;
        }

        long length = Pages.Length;
        if ((seals & FileSeals.F_SEAL_GROW) == 0 || count <= length - offset)
        {
            return count;
        }

        // Linux writes page by page, and refuses the page in which the file would grow as a whole.
        long lastPage = length & ~(long)(PageSize.Bytes - 1);
        return lastPage > offset ? lastPage - offset : Errno.EPERM;
    }
}
