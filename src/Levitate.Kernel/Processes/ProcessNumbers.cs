using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>
/// The numbers that processes, threads, groups and sessions go by, in parts of their own locks: who looks one up, gives one
/// out or back, meets only those who do so with a number of the same part.
/// </summary>
internal sealed class ProcessNumbers
{
    /// <summary>Where numbers begin again; those below are for what was there first.</summary>
    private const int FirstAgain = 300;

    private const int PartCount = 32;

    private readonly Part[] _parts = new Part[PartCount];
    private int _last;

    /// <summary>Nothing goes by any number; the first that is given out is the one after <paramref name="last"/>.</summary>
    internal ProcessNumbers(int last = 0)
    {
        _last = last;
        for (int i = 0; i < PartCount; i++)
        {
            _parts[i] = new Part();
        }
    }

    /// <summary>The number given out last.</summary>
    internal int Last => Volatile.Read(ref _last);

    /// <summary>How many threads there are; a moment's view of each part.</summary>
    internal int ThreadCount
    {
        get
        {
            int count = 0;
            foreach (Part part in _parts)
            {
                count += Volatile.Read(ref part.ThreadCount);
            }

            return count;
        }
    }

    /// <summary>A number that nothing goes by; 0 when there is none. No other caller gets it before all others were given out.</summary>
    internal int Allocate()
    {
        for (int tries = 0; tries < ProcessTable.MaximumId; tries++)
        {
            int last = Volatile.Read(ref _last);
            int next = last + 1 < ProcessTable.MaximumId ? last + 1 : FirstAgain;
            if (Interlocked.CompareExchange(ref _last, next, last) == last && !IsUsed(next))
            {
                return next;
            }
        }

        return 0;
    }

    /// <summary>The process of a number.</summary>
    internal Process? FindProcess(int number)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            return part.Entries.GetValueOrDefault(number)?.Process;
        }
    }

    /// <summary>The thread of a number.</summary>
    internal UserThread? FindThread(int number)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            return part.Entries.GetValueOrDefault(number)?.Thread;
        }
    }

    /// <summary>Says that a process goes by its number.</summary>
    internal void Add(Process process)
    {
        Part part = PartOf(process.ProcessId);
        using (part.Lock.Enter())
        {
            part.Open(process.ProcessId).Process = process;
        }
    }

    /// <summary>Says that neither a process nor a thread goes by a number any more.</summary>
    /// <returns>The thread that did.</returns>
    internal UserThread? Remove(int number)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            Entry entry = part.Open(number);
            UserThread? thread = entry.Thread;
            part.ThreadCount -= thread is null ? 0 : 1;
            entry.Process = null;
            entry.Thread = null;
            part.Close(number, entry);
            return thread;
        }
    }

    /// <summary>Says what thread goes by a number; null: none.</summary>
    /// <param name="number">The number.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="onlyInsteadOf">Where this is not null, nothing is done unless this thread goes by the number.</param>
    internal void SetThread(int number, UserThread? thread, UserThread? onlyInsteadOf = null)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            Entry entry = part.Open(number);
            if (onlyInsteadOf is null || entry.Thread == onlyInsteadOf)
            {
                part.ThreadCount += (thread is null ? 0 : 1) - (entry.Thread is null ? 0 : 1);
                entry.Thread = thread;
            }

            part.Close(number, entry);
        }
    }

    /// <summary>Says that one member more (1), or one less (-1), is in a group and in a session, which keeps their numbers from being given out.</summary>
    internal void CountMember(int group, int session, int change)
    {
        if (group == session)
        {
            CountUse(group, 2 * change);
            return;
        }

        CountUse(group, change);
        CountUse(session, change);
    }

    private void CountUse(int number, int change)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            Entry entry = part.Open(number);
            entry.Uses += change;
            part.Close(number, entry);
        }
    }

    /// <summary>The processes that there are. One that is there all the while is among them, whatever comes and goes.</summary>
    internal List<Process> Processes()
    {
        var list = new List<Process>();
        foreach (Part part in _parts)
        {
            using (part.Lock.Enter())
            {
                foreach (Entry entry in part.Entries.Values)
                {
                    if (entry.Process is { } process)
                    {
                        list.Add(process);
                    }
                }
            }
        }

        return list;
    }

    private bool IsUsed(int number)
    {
        Part part = PartOf(number);
        using (part.Lock.Enter())
        {
            return part.Entries.ContainsKey(number);
        }
    }

    private Part PartOf(int number) => _parts[(uint)number % PartCount];

    private sealed class Part
    {
        /// <summary>Guards the entries and their count. Nothing is taken under it.</summary>
        public KernelLock Lock = new(LockOrder.ProcessNumbers);

        public readonly Dictionary<int, Entry> Entries = [];
        public int ThreadCount;

        /// <summary>The entry of a number, which may be new; the caller holds the lock.</summary>
        public Entry Open(int number)
        {
            if (!Entries.TryGetValue(number, out Entry? entry))
            {
                entry = new Entry();
                Entries.Add(number, entry);
            }

            return entry;
        }

        /// <summary>Gives the number back where nothing goes by it any more; the caller holds the lock.</summary>
        public void Close(int number, Entry entry)
        {
            if (entry is { Process: null, Thread: null, Uses: 0 })
            {
                Entries.Remove(number);
            }
        }
    }

    private sealed class Entry
    {
        public Process? Process;
        public UserThread? Thread;

        /// <summary>How many processes have the number as their group's, and how many as their session's, together.</summary>
        public int Uses;
    }
}
