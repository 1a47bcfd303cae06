using System;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>
/// What was read and written by calls: read, write, their variants with several buffers or an offset, sendfile and copy_file_range,
/// as on Linux; not what sockets send and receive, nor what splice moves.
/// </summary>
/// <remarks>Linux: proc(5), /proc/[pid]/io.</remarks>
internal struct IoCounts
{
    /// <summary>Bytes that were read.</summary>
    public long ReadBytes;

    /// <summary>Bytes that were written.</summary>
    public long WrittenBytes;

    /// <summary>Calls that read, failed ones included.</summary>
    public long Reads;

    /// <summary>Calls that wrote, failed ones included.</summary>
    public long Writes;

    /// <summary>The sum.</summary>
    public static IoCounts operator +(in IoCounts left, in IoCounts right) => new()
    {
        ReadBytes = left.ReadBytes + right.ReadBytes,
        WrittenBytes = left.WrittenBytes + right.WrittenBytes,
        Reads = left.Reads + right.Reads,
        Writes = left.Writes + right.Writes,
    };
}

/// <summary>What is counted of a thread or of several beside its time.</summary>
/// <param name="Faults">Page faults of the program that were resolved; none of them had to wait for a disk.</param>
/// <param name="Sleeps">How often a thread left the CPU to wait for something.</param>
/// <param name="Preemptions">How often one left the CPU to others though it could have gone on.</param>
internal readonly record struct ThreadEvents(long Faults, long Sleeps, long Preemptions)
{
    /// <summary>What was read and written.</summary>
    public IoCounts Io { get; init; }

    /// <summary>The sum.</summary>
    public static ThreadEvents operator +(ThreadEvents left, ThreadEvents right) =>
        new(left.Faults + right.Faults, left.Sleeps + right.Sleeps, left.Preemptions + right.Preemptions) { Io = left.Io + right.Io };
}

/// <summary>All that is counted of a thread.</summary>
/// <param name="Times">CPU times.</param>
/// <param name="Events">What happened to it.</param>
/// <param name="History">How it ran and waited.</param>
internal readonly record struct ThreadFigures(ProcessTimes Times, ThreadEvents Events, ThreadHistory History);

/// <summary>What a thread, a process, or several have used.</summary>
/// <param name="Times">CPU times.</param>
/// <param name="Counts">What happened to them.</param>
/// <param name="PeakResident">The most bytes of memory that one of them had at once.</param>
internal readonly record struct ProcessUsage(ProcessTimes Times, ThreadEvents Counts, ulong PeakResident)
{
    /// <summary>Of both together: sums, and the larger peak.</summary>
    public static ProcessUsage operator +(ProcessUsage left, ProcessUsage right) =>
        new(left.Times + right.Times, left.Counts + right.Counts, Math.Max(left.PeakResident, right.PeakResident));
}

/// <content>What happened to the thread.</content>
public sealed partial class UserThread
{
    // Only the thread itself writes them.
    private long _faults;
    private IoCounts _io;

    /// <summary>As of the thread's end, once it is there.</summary>
    private ThreadEvents? _lastEvents;

    /// <summary>What it read and wrote, for the thread itself to count in.</summary>
    internal ref IoCounts Io => ref _io;

    /// <summary>What happened to the thread so far. Its process's StateLock is held.</summary>
    internal ThreadEvents Events
    {
        get
        {
            if (_lastEvents is { } last)
            {
                return last;
            }

            return CollectEvents(Context.History);
        }
    }

    /// <summary>The page faults of the thread, unless it has ended. Its process's StateLock is held.</summary>
    internal long LivingFaults => _lastEvents is null ? _faults : 0;

    private ThreadEvents CollectEvents(in ThreadHistory history) => new(_faults, history.Sleeps, history.Preemptions) { Io = _io };

    /// <summary>What the calling thread has used.</summary>
    internal ProcessUsage UpdateUsage()
    {
        ProcessTimes times = UpdateTimes();
        using (Process.StateLock.Enter())
        {
            return new ProcessUsage(times, Events, Process.PeakResident);
        }
    }
}

/// <content>What happened to its threads.</content>
public sealed partial class Process
{
    /// <summary>What happened to threads that have ended. <see cref="StateLock"/> guards it.</summary>
    private ThreadEvents _endedEvents;

    /// <summary>The most memory that the process had in former address spaces. <see cref="StateLock"/> guards it.</summary>
    private ulong _formerPeakResident;

    /// <summary>What the children have used that were waited for, and theirs. The process's part of the family lock guards it.</summary>
    internal ProcessUsage ChildrenUsage { get; set; }

    /// <summary>The most bytes of memory that it had at once. <see cref="StateLock"/> is held.</summary>
    internal ulong PeakResident => Math.Max(_formerPeakResident, AddressSpace.PeakResident);

    /// <summary>What all its threads have used, ended ones included.</summary>
    internal ProcessUsage Usage
    {
        get
        {
            using (StateLock.Enter())
            {
                ThreadEvents events = _endedEvents;
                foreach (UserThread thread in _threads)
                {
                    events += thread.Events;
                }

                return new ProcessUsage(Times, events, PeakResident);
            }
        }
    }

    /// <summary>The page faults of threads that have not ended.</summary>
    internal long LivingFaults
    {
        get
        {
            long faults = 0;
            using (StateLock.Enter())
            {
                foreach (UserThread thread in _threads)
                {
                    faults += thread.LivingFaults;
                }
            }

            return faults;
        }
    }

    /// <summary>A thread has ended and is among the threads no more. <see cref="StateLock"/> is held.</summary>
    internal void AddEnded(UserThread thread) => _endedEvents += thread.Events;

    /// <summary>An address space is about to be let go of, while the process holds it. <see cref="StateLock"/> is held.</summary>
    internal void NotePeak() => _formerPeakResident = Math.Max(_formerPeakResident, AddressSpace.PeakResident);
}
