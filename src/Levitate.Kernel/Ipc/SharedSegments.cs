using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>All segments of System V shared memory; at most as many as Linux's shmmni.</summary>
internal sealed class SharedSegments(KernelSystem kernel) : IpcTable<SharedSegment>(kernel, MaximumCount)
{
    /// <summary>Linux's shmmni.</summary>
    internal const int MaximumCount = 4096;

    /// <summary>Linux's shmmax: the largest size in bytes; and shmall: the most pages of all.</summary>
    internal const ulong MaximumSize = ulong.MaxValue - (1UL << 24);

    /// <summary>Finds the segment of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EINVAL for a size that does not fit, EACCES, ENOSPC, ENOMEM.</returns>
    public Result<int> Get(UserThread caller, int key, ulong size, uint flags) =>
        Get(caller, key, flags, segment => size <= (ulong)segment.Size, id => Make(caller, id, key, size, flags));

    /// <summary>A segment that a thread may use so, with a reference for it.</summary>
    /// <returns>EINVAL for no such segment; EACCES.</returns>
    public Result<SharedSegment> Acquire(UserThread caller, int id, uint wanted)
    {
        using (Lock.Enter())
        {
            Result<SharedSegment> found = Find(caller, id, wanted);
            if (found.TryGet(out SharedSegment? segment, out _))
            {
                segment.Acquire();
            }

            return found;
        }
    }

    /// <summary>Notes that a process attached or detached a segment.</summary>
    public void NoteUse(SharedSegment segment, int processId, bool attaches)
    {
        using (Lock.Enter())
        {
            SegmentHistory history = segment.History with { LastUser = processId };
            segment.History = attaches ? history with { AttachTime = Now } : history with { DetachTime = Now };
        }
    }

    /// <summary>What shmctl(IPC_STAT) and its kin show, and the segment's number.</summary>
    /// <returns>EINVAL for no such segment; EIDRM; EACCES.</returns>
    public Result<(int Id, SegmentStatus Status)> GetStatus(UserThread caller, int number, IpcLookup lookup)
    {
        using (Lock.Enter())
        {
            return Find(caller, number, IpcFlags.MayRead, lookup).TryGet(out SharedSegment? found, out Errno error) ? (found.Id, SegmentStatus.Of(found)) : error;
        }
    }

    /// <summary>What all take, for shmctl(SHM_INFO), and the highest place in use.</summary>
    public (int HighestPlace, SegmentSums Sums) GetSums()
    {
        using (Lock.Enter())
        {
            long pages = 0, resident = 0;
            foreach (SharedSegment segment in All)
            {
                pages += PageCache.PageCount(segment.Size);
                resident += segment.Pages.ResidentPages;
            }

            return (HighestPlace, new SegmentSums(ObjectCount, (ulong)pages, (ulong)resident, 0, 0, 0));
        }
    }

    /// <summary>Changes owner and permissions (IPC_SET), or locks or unlocks, as <paramref name="change"/> does.</summary>
    /// <returns>EINVAL for no such segment; EPERM.</returns>
    public Errno Change(UserThread caller, int id, Action<SharedSegment> change, bool dates)
    {
        using (Lock.Enter())
        {
            if (FindOwned(caller, id).TryGet(out SharedSegment? found, out Errno error))
            {
                change(found);
                found.History = dates ? found.History with { ChangeTime = Now } : found.History;
            }

            return error;
        }
    }

    /// <summary>Removes a segment: at once where nobody has it mapped, else with its last mapping.</summary>
    /// <returns>EINVAL for no such segment; EPERM.</returns>
    public Errno Remove(UserThread caller, int id)
    {
        SharedSegment? found;
        using (Lock.Enter())
        {
            if (!FindOwned(caller, id).TryGet(out found, out Errno error))
            {
                return error;
            }

            ForgetKey(found);
            found.IsRemoved = true;
            found.Acquire();
        }

        // The last reference but the table's takes it out.
        found.Release();
        return Errno.None;
    }

    /// <summary>A removed segment lost what seemed its last mapping.</summary>
    internal void Reap(SharedSegment segment)
    {
        using (Lock.Enter())
        {
            if (segment.Attachments > 0 || !Remove(segment))
            {
                return;
            }
        }

        segment.Release();
    }

    /// <summary>As of anonymous memory, what exceeds all memory is refused; the rest is taken as it is touched.</summary>
    private Result<SharedSegment> Make(UserThread caller, int id, int key, ulong size, uint flags)
    {
        if (size is 0 or > MaximumSize)
        {
            return Errno.EINVAL;
        }

        return size > (ulong)Kernel.Machine.Frames.TotalFrames * PageSize.Bytes
            ? Errno.ENOMEM
            : new SharedSegment(this, Kernel.Machine.Frames, id, (long)size, IpcPermissions.Of(caller.Credentials, key, flags))
            {
                History = new SegmentHistory(0, 0, Now, caller.Process.ProcessId, 0),
            };
    }
}
