using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Mounts;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Terminals;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>The files of /proc that are about the whole system.</summary>
internal sealed class SystemFiles(KernelSystem kernel)
{
    private readonly MemoryFiles _memory = new(kernel);

    /// <summary>Nanoseconds in a clock tick of user space (USER_HZ is 100).</summary>
    public const long TickNanoseconds = 10_000_000;

    private const long Second = 1_000_000_000;

    /// <summary>The character devices that there are, a device of each driver by its name (Linux: Documentation/admin-guide/devices.txt).</summary>
    private static readonly (DeviceNumber Device, string Name)[] s_devices =
    [
        (new(1, 3), "mem"), (new(5, 0), "/dev/tty"), (new(5, 1), "/dev/console"), (new(5, 2), "ptmx"),
    ];

    /// <summary>The files by name. Disks there are none, so that diskstats and partitions are empty.</summary>
    public IReadOnlyList<(string Name, ProcWriter Writer)> All =>
    [
        ("cmdline", WriteCommandLine),
        ("cpuinfo", WriteProcessors),
        ("devices", WriteDevices),
        ("diskstats", static (_, _) => Errno.None),
        ("filesystems", WriteFileSystems),
        ("interrupts", WriteInterrupts),
        ("levitate", WriteCounters),
        ("levitate_stops", WriteStops),
        ("loadavg", WriteLoad),
        ("meminfo", _memory.WriteSizes),
        ("partitions", static (_, _) => Errno.None),
        ("schedstat", WriteSchedulers),
        ("stat", WriteStatistics),
        ("swaps", WriteSwaps),
        ("uptime", WriteUptime),
        ("version", WriteVersion),
        ("vmstat", _memory.WriteStatistics),
    ];

    private IMachine Machine => kernel.Machine;

    private Errno WriteCommandLine(ProcText text, UserThread? reader)
    {
        text.Add(kernel.Boot.CommandLine).Add("\n"u8);
        return Errno.None;
    }

    private Errno WriteProcessors(ProcText text, UserThread? reader)
    {
        for (int i = 0; i < Machine.Processors.Count; i++)
        {
            ProcessorInfo processor = Machine.Processors[i];
            long hertz = processor.FrequencyHertz;
            text.AddLine($"processor\t: {i}");
            text.AddLine($"vendor_id\t: {processor.Vendor}");
            text.AddLine($"cpu family\t: {processor.Family}");
            text.AddLine($"model\t\t: {processor.Model}");
            text.AddLine($"model name\t: {processor.ModelName}");
            text.AddLine($"stepping\t: {processor.Stepping}");
            text.AddLine($"cpu MHz\t\t: {hertz / 1_000_000}.{hertz / 1000 % 1000:D3}");
            text.AddLine($"flags\t\t: {string.Join(' ', processor.Flags)}");
            text.AddLine(string.Empty);
        }

        return Errno.None;
    }

    private Errno WriteFileSystems(ProcText text, UserThread? reader)
    {
        foreach (string name in FileSystemTypes.Names)
        {
            text.AddLine($"nodev\t{name}");
        }

        return Errno.None;
    }

    private Errno WriteCounters(ProcText text, UserThread? reader)
    {
        GCMemoryInfo heap = GC.GetGCMemoryInfo();
        WorldStops stops = Machine.WorldStops;
        text.AddLine($"contained_exceptions {kernel.ContainedExceptions}");
        text.AddLine($"frames_total {Machine.Frames.TotalFrames}");
        text.AddLine($"frames_free {Machine.Frames.FreeFrames}");
        text.AddLine($"frames_kernel {Machine.Frames.KernelFrames}");
        text.AddLine($"heap_bytes {GC.GetTotalMemory(forceFullCollection: false)}");
        text.AddLine($"allocated_bytes {GC.GetTotalAllocatedBytes()}");
        text.AddLine($"heap_committed_bytes {heap.TotalCommittedBytes}");
        text.AddLine($"collections_gen0 {GC.CollectionCount(0)}");
        text.AddLine($"collections_gen1 {GC.CollectionCount(1)}");
        text.AddLine($"collections_gen2 {GC.CollectionCount(2)}");
        text.AddLine($"world_stops {stops.Count}");
        text.AddLine($"world_stops_nanoseconds {stops.TotalNanoseconds}");
        text.AddLine($"longest_world_stop_nanoseconds {stops.LongestNanoseconds}");
        text.AddLine($"idle_nanoseconds {Machine.IdleNanoseconds}");
        text.AddLine($"processes {kernel.Processes.All.Count}");
        text.AddLine($"threads {kernel.Processes.ThreadCount}");
        text.AddLine($"forks {kernel.Processes.TotalForks}");
        return Errno.None;
    }

    /// <summary>A line for each of the garbage collector's last stops of all threads: which since power-on, and how long in nanoseconds.</summary>
    private Errno WriteStops(ProcText text, UserThread? reader)
    {
        foreach ((long number, long nanoseconds) in Machine.RecentWorldStops)
        {
            text.AddLine($"{number} {nanoseconds}");
        }

        return Errno.None;
    }

    /// <summary>devices: the drivers by their major numbers; of block devices there are none.</summary>
    private Errno WriteDevices(ProcText text, UserThread? reader)
    {
        text.AddLine("Character devices:");
        foreach ((DeviceNumber device, string name) in s_devices)
        {
            if (kernel.Files.Devices.Find(device).Succeeded)
            {
                text.AddLine($"{device.Major,3} {name}");
            }
        }

        text.AddLine($"{PseudoTerminals.SlaveMajor,3} pts").AddLine(string.Empty).AddLine("Block devices:");
        return Errno.None;
    }

    /// <summary>swaps: the header alone, since nothing swaps.</summary>
    private static Errno WriteSwaps(ProcText text, UserThread? reader)
    {
        text.AddLine("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority");
        return Errno.None;
    }

    private Errno WriteStatistics(ProcText text, UserThread? reader)
    {
        var times = new ProcessorTimes[Machine.Processors.Count];
        var sum = default(ProcessorTimes);
        for (int i = 0; i < times.Length; i++)
        {
            ProcessorTimes one = Machine.TimesOf(i);
            times[i] = one;
            sum = new ProcessorTimes(sum.User + one.User, sum.System + one.System, sum.Idle + one.Idle) { Nice = sum.Nice + one.Nice };
        }

        // The first name has two blanks behind it.
        WriteTimes(text, "cpu ", sum);
        for (int i = 0; i < times.Length; i++)
        {
            WriteTimes(text, $"cpu{i}", times[i]);
        }

        long interrupts = 0, switches = 0;
        for (int i = 0; i < times.Length; i++)
        {
            InterruptCounts counts = Machine.InterruptsOf(i);
            ProcessorHistory history = Machine.HistoryOf(i);
            interrupts += counts.Timer + counts.Requests;

            // To the idle thread, and to others.
            switches += history.IdlePicks + history.Threads.Slices;
        }

        var lines = new long[Machine.InterruptLines];
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = Machine.DeviceInterruptsOf(i);
            interrupts += lines[i];
        }

        text.AddLine($"intr {interrupts} {string.Join(' ', lines)}").AddLine($"ctxt {switches}");
        text.AddLine($"btime {kernel.RealClock.BootNanoseconds / Second}");
        text.AddLine($"processes {kernel.Processes.TotalForks}");

        // Who waits for a file waits for memory at most; nothing here has to wait for a disk.
        text.AddLine($"procs_running {Machine.Load.Runnable}").AddLine("procs_blocked 0");
        return Errno.None;
    }

    /// <summary>interrupts: a line for each of the lines that have interrupted, and for what CPUs do among themselves.</summary>
    private Errno WriteInterrupts(ProcText text, UserThread? reader)
    {
        int processors = Machine.Processors.Count;
        text.Add("    ");
        for (int i = 0; i < processors; i++)
        {
            text.Add($" {$"CPU{i}",10}");
        }

        text.AddLine(string.Empty);
        for (int line = 0; line < Machine.InterruptLines; line++)
        {
            if (Machine.DeviceInterruptsOf(line) is var count and > 0)
            {
                WriteRow($"{line,3}:", i => i == 0 ? count : 0, $"IO-APIC {line,4}-fasteoi   virtio");
            }
        }

        WriteRow("LOC:", i => Machine.InterruptsOf(i).Timer, "Local timer interrupts");
        WriteRow("RES:", i => Machine.InterruptsOf(i).Requests, "Requests of other processors");
        WriteRow("TLB:", i => Machine.InterruptsOf(i).Shootdowns, "TLB shootdowns");
        return Errno.None;

        void WriteRow(string name, Func<int, long> count, string meaning)
        {
            text.Add(name);
            for (int i = 0; i < processors; i++)
            {
                text.Add($" {count(i),10}");
            }

            text.AddLine($"   {meaning}");
        }
    }

    private static void WriteTimes(ProcText text, string name, in ProcessorTimes times) =>
        text.AddLine($"{name} {(times.User - times.Nice) / TickNanoseconds} {times.Nice / TickNanoseconds} {times.System / TickNanoseconds} {times.Idle / TickNanoseconds} 0 0 0 0 0 0");

    /// <summary>
    /// schedstat, in the form of version 15: a line a CPU, in nanoseconds where it is time. Nobody counts how often
    /// sched_yield was called (the first field); the second is always 0, on Linux too. There are no scheduling domains.
    /// </summary>
    /// <remarks>Linux: Documentation/scheduler/sched-stats.rst.</remarks>
    private Errno WriteSchedulers(ProcText text, UserThread? reader)
    {
        text.AddLine("version 15").AddLine($"timestamp {Machine.Clock.MonotonicNanoseconds / TickNanoseconds}");
        for (int i = 0; i < Machine.Processors.Count; i++)
        {
            ProcessorHistory one = Machine.HistoryOf(i);
            text.AddLine($"cpu{i} 0 0 {one.Picks} {one.IdlePicks} {one.WakeUps} {one.LocalWakeUps} {one.Threads.Run} {one.Threads.Wait} {one.Threads.Slices}");
        }

        return Errno.None;
    }

    private Errno WriteUptime(ProcText text, UserThread? reader)
    {
        text.AddLine($"{Seconds(Machine.Clock.MonotonicNanoseconds)} {Seconds(Machine.IdleNanoseconds)}");
        return Errno.None;

        static string Seconds(long nanoseconds) => $"{nanoseconds / Second}.{nanoseconds / TickNanoseconds % 100:D2}";
    }

    private Errno WriteLoad(ProcText text, UserThread? reader)
    {
        ProcessorLoad load = Machine.Load;
        text.AddLine($"{Decimal(load.Load1)} {Decimal(load.Load5)} {Decimal(load.Load15)} {load.Runnable}/{kernel.Processes.ThreadCount} {kernel.Processes.LastId}");
        return Errno.None;

        static string Decimal(long load)
        {
            long hundredths = ((load * 100) + (ProcessorLoad.Unit / 2)) / ProcessorLoad.Unit;
            return $"{hundredths / 100}.{hundredths % 100:D2}";
        }
    }

    private Errno WriteVersion(ProcText text, UserThread? reader)
    {
        text.Add(SystemNames.KernelName).Add(" version "u8).Add(SystemNames.Release).Add(" "u8).Add(SystemNames.Version).Add("\n"u8);
        return Errno.None;
    }
}
