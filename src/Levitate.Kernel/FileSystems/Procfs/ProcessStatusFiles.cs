using System;
using System.Globalization;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Terminals;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>What a process, or one of its threads, is and does: stat, status, limits, comm.</summary>
/// <param name="process">The process.</param>
/// <param name="thread">The thread; null for a process, and for a leader that has ended.</param>
/// <param name="isThread">Whether it is a thread that is told of.</param>
internal sealed class ProcessStatusFiles(Process process, UserThread? thread, bool isThread)
{
    private static readonly (string Name, string Unit)[] s_limits =
    [
        ("Max cpu time", "seconds"), ("Max file size", "bytes"), ("Max data size", "bytes"), ("Max stack size", "bytes"),
        ("Max core file size", "bytes"), ("Max resident set", "bytes"), ("Max processes", "processes"), ("Max open files", "files"),
        ("Max locked memory", "bytes"), ("Max address space", "bytes"), ("Max file locks", "locks"), ("Max pending signals", "signals"),
        ("Max msgqueue size", "bytes"), ("Max nice priority", string.Empty), ("Max realtime priority", string.Empty), ("Max realtime timeout", "us"),
    ];

    /// <summary>PF_FORKNOEXEC, of stat's flags.</summary>
    private const int ForkedWithoutExec = 0x40;

    private byte[] Name => thread?.Name ?? process.Name;

    /// <summary>comm.</summary>
    public Errno WriteName(ProcText text, UserThread? reader)
    {
        text.Add(Name).Add("\n"u8);
        return Errno.None;
    }

    /// <summary>Sets comm, up to a NUL: the process's own threads may (pthread_setname_np).</summary>
    public Errno ReadName(ReadOnlySpan<byte> text, UserThread? writer)
    {
        if (writer?.Process != process)
        {
            return Errno.EINVAL;
        }

        int end = text.IndexOf((byte)0);
        byte[] name = (end < 0 ? text : text[..end]).ToArray();
        if ((thread ?? process.FindLeader()) is { } named)
        {
            named.Name = name;
        }
        else
        {
            process.Name = name;
        }

        return Errno.None;
    }

    /// <summary>schedstat: nanoseconds on a CPU, nanoseconds waiting for one, how often it got one. A process's are those of its leader alone, as on Linux.</summary>
    public Errno WriteHistory(ProcText text, UserThread? reader)
    {
        ThreadHistory history = HistoryOf(thread ?? process.FindLeader());
        text.AddLine($"{history.Run} {history.Wait} {history.Slices}");
        return Errno.None;
    }

    /// <summary>
    /// stat: 52 fields. Of flags it has one (PF_FORKNOEXEC). 0 are those of disks, swap and guests, the interval timer, and stack and
    /// instruction pointer, which Linux shows of what runs to no one. Addresses and the exit code are shown to who may look into the process.
    /// </summary>
    public Errno WriteStat(ProcText text, UserThread? reader)
    {
        int id = thread?.ThreadId ?? process.ProcessId;
        (ProcessTimes times, ThreadEvents events) = isThread ? GetThreadCounts() : (process.Times, process.Usage.Counts);
        ProcessUsage children = process.Kernel.Processes.ChildrenUsageOf(process);
        var memory = new ProcessMemoryFiles(process);
        AddressSpaceSizes sizes = memory.Sizes;
        SignalSets signals = GetSignals();
        ulong residentLimit = process.Limits[ResourceLimitKind.RLIMIT_RSS].Soft;
        Terminal? terminal = process.ControllingTerminal;
        UserThread? one = One;
        char state = State(one, reader);
        bool maySee = ProcAccess.Check(process, reader) == Errno.None;
        SchedulingTerms scheduling = one?.Scheduling ?? default;
        int nice = thread?.Nice ?? process.LeaderNice;
        int priority = scheduling.IsRealTime ? -1 - scheduling.Priority : 20 + nice;
        text.Add($"{id} (").Add(Name).Add($") {state} {process.Parent?.ProcessId ?? 0} {process.ProcessGroupId} {process.SessionId} {(int)(terminal?.Device.Value ?? 0)} {terminal?.ForegroundGroup ?? -1} {(process.HasExecuted ? 0 : ForkedWithoutExec)}");
        text.Add($" {events.Faults} {children.Counts.Faults} 0 0");
        text.Add($" {Ticks(times.User)} {Ticks(times.System)} {Ticks(children.Times.User)} {Ticks(children.Times.System)}");
        text.Add($" {priority} {nice} {process.ThreadCount} 0 {Ticks(process.StartNanoseconds)} {sizes.Mapped << PageSize.Shift} {sizes.Resident} {residentLimit}");
        (ProgramLayout layout, ulong breakStart) = memory.Layout;
        text.Add(maySee || layout == default ? $" {layout.CodeStart} {layout.CodeEnd} {layout.StackStart} 0 0" : " 1 1 0 0 0");
        text.Add($" {signals.Pending & 0x7fffffff} {signals.Blocked & 0x7fffffff} {signals.Ignored & 0x7fffffff} {signals.Caught & 0x7fffffff}");
        int waits = maySee && state != 'R' ? 1 : 0, exitSignal = thread is null || thread == process.FindLeader() ? process.ExitSignal : -1;
        text.Add($" {waits} 0 0 {exitSignal} {one?.Context.Place.Processor ?? 0} {scheduling.Priority} {(int)scheduling.Policy} 0 0 0");
        WriteAddresses(text, maySee && layout != default, layout, breakStart);
        text.Add($" {(maySee && process.IsZombie ? process.ExitStatus.Value : 0)}\n");
        return Errno.None;
    }

    private void WriteAddresses(ProcText text, bool isShown, in ProgramLayout layout, ulong breakStart)
    {
        (UserAddress argumentStart, UserAddress argumentEnd) = process.ArgumentArea;
        (UserAddress environmentStart, UserAddress environmentEnd) = process.EnvironmentArea;
        text.Add(isShown
            ? $" {layout.DataStart} {layout.DataEnd} {breakStart} {argumentStart.Value} {argumentEnd.Value} {environmentStart.Value} {environmentEnd.Value}"
            : " 0 0 0 0 0 0 0");
    }

    /// <summary>status. There is no seccomp and nothing that swaps, so the lines of these are missing or 0.</summary>
    public Errno WriteStatus(ProcText text, UserThread? reader)
    {
        Credentials identity = thread?.Credentials ?? process.Credentials;
        text.Add("Name:\t"u8).AddEscaped(Name, "\n\\"u8).Add("\n"u8);
        if ((thread ?? process.FindLeader()) is { } living)
        {
            text.AddLine($"Umask:\t{Convert.ToString(living.FileSystem.Umask, 8).PadLeft(4, '0')}");
        }

        text.AddLine($"State:\t{DescribeState(State(One, reader))}");
        text.AddLine($"Tgid:\t{process.ProcessId}").AddLine("Ngid:\t0").AddLine($"Pid:\t{thread?.ThreadId ?? process.ProcessId}");
        text.AddLine($"PPid:\t{process.Parent?.ProcessId ?? 0}").AddLine("TracerPid:\t0");
        text.AddLine($"Uid:\t{identity.RealUserId}\t{identity.EffectiveUserId}\t{identity.SavedUserId}\t{identity.FileSystemUserId}");
        text.AddLine($"Gid:\t{identity.RealGroupId}\t{identity.EffectiveGroupId}\t{identity.SavedGroupId}\t{identity.FileSystemGroupId}");
        text.AddLine($"FDSize:\t{GetDescriptorSlots()}").Add("Groups:\t");
        foreach (uint group in identity.SupplementaryGroups)
        {
            text.Add($"{group} ");
        }

        // There is one namespace of processes.
        text.AddLine(string.Empty).AddLine($"NStgid:\t{process.ProcessId}").AddLine($"NSpid:\t{thread?.ThreadId ?? process.ProcessId}");
        text.AddLine($"NSpgid:\t{process.ProcessGroupId}").AddLine($"NSsid:\t{process.SessionId}");
        WriteMemory(text);
        SignalSets signals = GetSignals();
        text.AddLine($"Threads:\t{process.ThreadCount}");
        text.AddLine($"SigQ:\t{QueuedSignals}/{process.Limits[ResourceLimitKind.RLIMIT_SIGPENDING].Soft}");
        text.AddLine($"SigPnd:\t{signals.Pending:x16}").AddLine($"ShdPnd:\t{signals.SharedPending:x16}").AddLine($"SigBlk:\t{signals.Blocked:x16}");
        text.AddLine($"SigIgn:\t{signals.Ignored:x16}").AddLine($"SigCgt:\t{signals.Caught:x16}");
        text.AddLine($"CapInh:\t{identity.InheritableCapabilities:x16}").AddLine($"CapPrm:\t{identity.PermittedCapabilities:x16}");
        text.AddLine($"CapEff:\t{identity.EffectiveCapabilities:x16}").AddLine($"CapBnd:\t{identity.BoundingCapabilities:x16}");
        text.AddLine($"CapAmb:\t{identity.AmbientCapabilities:x16}").AddLine($"NoNewPrivs:\t{(identity.NoNewPrivileges ? 1 : 0)}");
        WriteProcessors(text, One);
        return Errno.None;
    }

    /// <summary>What status tells of memory: nothing where there is none any more.</summary>
    private void WriteMemory(ProcText text)
    {
        var memory = new ProcessMemoryFiles(process);
        AddressSpaceSizes sizes = memory.Sizes;
        if (sizes.Mapped == 0)
        {
            return;
        }

        // Files lie in memory only: Linux counts the pages of those as shared memory's, too.
        long shared = Math.Min(memory.FilePages, sizes.Resident);
        Add("VmPeak", sizes.PeakMapped);
        Add("VmSize", sizes.Mapped);
        Add("VmLck", sizes.Locked);
        Add("VmPin", 0);
        Add("VmHWM", sizes.PeakResident);
        Add("VmRSS", sizes.Resident);
        Add("RssAnon", sizes.Resident - shared);
        Add("RssFile", 0);
        Add("RssShmem", shared);
        Add("VmData", sizes.Data);
        Add("VmStk", sizes.Stack);
        Add("VmExe", sizes.Program);
        Add("VmLib", sizes.Libraries);
        Add("VmPTE", sizes.Tables);
        Add("VmSwap", 0);

        // Nothing dumps core, and there are no huge pages.
        text.AddLine("CoreDumping:\t0").AddLine("THP_enabled:\t0");

        void Add(string name, long pages) => text.AddLine($"{name}:\t{pages * (PageSize.Bytes / 1024),8} kB");
    }

    /// <summary>How many signals are queued for the processes of the real user.</summary>
    private int QueuedSignals => One is { } one ? Volatile.Read(ref one.Account)?.Signals ?? 0 : 0;

    private int GetDescriptorSlots()
    {
        if (process.TryAcquireFiles() is not { } files)
        {
            return 0;
        }

        int slots = files.Slots;
        files.Release();
        return slots;
    }

    /// <summary>Where a thread may run, and how often it left a CPU, or a process's leader. Nothing of a process that has none any more, as Linux tells nothing true of it.</summary>
    private void WriteProcessors(ProcText text, UserThread? one)
    {
        if (one is null)
        {
            return;
        }

        int count = one.Process.Machine.Processors.Count;
        ulong allowed = one.AllowedProcessors & ((1UL << count) - 1);
        ThreadHistory history = HistoryOf(thread ?? process.FindLeader());
        text.AddLine($"Cpus_allowed:\t{allowed.ToString($"x{(count + 3) / 4}", CultureInfo.InvariantCulture)}").AddLine($"Cpus_allowed_list:\t{ProcessorList.Of(allowed)}");

        // All memory is one node's.
        text.AddLine("Mems_allowed:\t1").AddLine("Mems_allowed_list:\t0");
        text.AddLine($"voluntary_ctxt_switches:\t{history.Sleeps}").AddLine($"nonvoluntary_ctxt_switches:\t{history.Preemptions}");
    }

    /// <summary>io: what was read and written; a process's with what its children did that were waited for. Nothing goes to a disk.</summary>
    public Errno WriteIo(ProcText text, UserThread? reader)
    {
        IoCounts io = isThread ? GetThreadCounts().Events.Io : process.Usage.Counts.Io + process.Kernel.Processes.ChildrenUsageOf(process).Counts.Io;
        text.AddLine($"rchar: {io.ReadBytes}").AddLine($"wchar: {io.WrittenBytes}").AddLine($"syscr: {io.Reads}").AddLine($"syscw: {io.Writes}");
        text.AddLine("read_bytes: 0").AddLine("write_bytes: 0").AddLine("cancelled_write_bytes: 0");
        return Errno.None;
    }

    /// <summary>wchan: where in the kernel it waits has no name for others, as on Linux for those who may not know it.</summary>
    public Errno WriteWaitChannel(ProcText text, UserThread? reader)
    {
        text.Add("0"u8);
        return Errno.None;
    }

    /// <summary>limits.</summary>
    public Errno WriteLimits(ProcText text, UserThread? reader)
    {
        text.AddLine($"{"Limit",-25} {"Soft Limit",-20} {"Hard Limit",-20} {"Units",-10}");
        for (int i = 0; i < s_limits.Length; i++)
        {
            ResourceLimit limit = process.Limits[(ResourceLimitKind)i];
            text.AddLine($"{s_limits[i].Name,-25} {Show(limit.Soft),-20} {Show(limit.Hard),-20} {s_limits[i].Unit,-10}");
        }

        return Errno.None;

        static string Show(ulong value) => value == ResourceLimits.Infinity ? "unlimited" : $"{value}";
    }

    private static long Ticks(long nanoseconds) => nanoseconds / SystemFiles.TickNanoseconds;

    /// <summary>What was counted of the thread; of a leader that has ended, by its end.</summary>
    private (ProcessTimes Times, ThreadEvents Events) GetThreadCounts()
    {
        UserThread? one = thread ?? process.FindLeader();
        using (process.StateLock.Enter())
        {
            return one is null ? (process.LastOfLeader.Times, process.LastOfLeader.Events) : (one.Times, one.Events);
        }
    }

    /// <summary>How a thread ran and waited; null: the leader, which has ended.</summary>
    private ThreadHistory HistoryOf(UserThread? one)
    {
        if (one is not null)
        {
            return one.Context.History;
        }

        using (process.StateLock.Enter())
        {
            return process.LastOfLeader.History;
        }
    }

    private char State(UserThread? one, UserThread? reader)
    {
        // A process is what its leader is, and that may have ended before the others. Process 1 has no threads at all.
        if (process.IsZombie || (thread is null && one is not null && process.FindLeader() is null))
        {
            return 'Z';
        }

        return one?.Signals.IsStopped == true ? 'T' : (one is not null && ReferenceEquals(reader, one)) || one?.Context.Place.IsRunnable == true ? 'R' : 'S';
    }

    /// <summary>The thread that is meant, or the process's first; null: it has none any more.</summary>
    private UserThread? One => thread ?? (process.Threads is [{ } first, ..] ? first : null);

    private static string DescribeState(char state) => state switch
    {
        'Z' => "Z (zombie)",
        'T' => "T (stopped)",
        'R' => "R (running)",
        _ => "S (sleeping)",
    };

    private SignalSets GetSignals()
    {
        ulong ignored = 0, caught = 0;
        for (int signal = 1; signal <= SignalNumber.Maximum; signal++)
        {
            ulong handler = process.Signals.GetAction(signal).Handler;
            ignored |= handler == SignalAction.Ignore ? SignalNumber.Bit(signal) : 0;
            caught |= handler is not SignalAction.Ignore and not SignalAction.Default ? SignalNumber.Bit(signal) : 0;
        }

        UserThread? one = thread ?? (process.Threads is [{ } first, ..] ? first : null);
        using (process.StateLock.Enter())
        {
            return new SignalSets(one?.Signals.Pending.Set ?? 0, process.Signals.Pending.Set, one?.Signals.Blocked ?? 0, ignored, caught);
        }
    }

    private readonly record struct SignalSets(ulong Pending, ulong SharedPending, ulong Blocked, ulong Ignored, ulong Caught);
}
