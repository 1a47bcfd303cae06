using System;
using System.Collections.Generic;
using Levitate.Floor;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Machine.Entropy;
using Levitate.Machine.Memory;
using Levitate.Machine.Processors;

namespace Levitate.Machine;

/// <summary>The machine as the kernel sees it, on the floor and the devices.</summary>
internal sealed class HardwareMachine(HardwareRandom random, PowerControl power) : IMachine
{
    /// <inheritdoc/>
    public IFrameAllocator Frames { get; } = new HardwareFrames();

    /// <inheritdoc/>
    public IUserMemoryCopier UserMemory { get; } = new HardwareUserMemory();

    /// <summary>The processors' times as they were told last.</summary>
    private readonly ProcessTimes[] _times = new ProcessTimes[Floor.Processors.MaximumCount];

    /// <summary>The user parts of those, in the place of a user part that of nice threads.</summary>
    private readonly ProcessTimes[] _niceTimes = new ProcessTimes[Floor.Processors.MaximumCount];

    /// <summary>Guards these. Nothing is taken under it.</summary>
    private KernelLock _timesLock = new(LockOrder.ProcessorTimes);

    /// <inheritdoc/>
    public IClock Clock { get; } = new HardwareClock();

    /// <inheritdoc/>
    public IReadOnlyList<ProcessorInfo> Processors { get; } = IdentifyProcessors();

    /// <inheritdoc/>
    public (long User, long System) ThreadTimes
    {
        get
        {
            // The floor counts the whole to the nanosecond and samples where it was spent.
            long run = Threads.RunTime(out long userTicks, out long systemTicks);
            long ticks = userTicks + systemTicks;
            long user = ticks == 0 ? 0 : run / ticks * userTicks;
            return (user, run - user);
        }
    }

    /// <inheritdoc/>
    public long IdleNanoseconds => Threads.IdleNanoseconds;

    /// <inheritdoc/>
    public ProcessorLoad Load
    {
        get
        {
            (long load1, long load5, long load15) = Threads.LoadAverages;
            return new ProcessorLoad(Threads.Runnable, load1, load5, load15);
        }
    }

    /// <inheritdoc/>
    public int CurrentProcessor => Floor.Processors.Current;

    /// <inheritdoc/>
    public ProcessorTimes TimesOf(int processor)
    {
        // As for threads: idle time to the nanosecond, samples for the rest.
        long idle = Threads.IdleOf(processor);
        long busy = Math.Max(0, Floor.Clock.Nanoseconds - idle);
        Threads.SamplesOf(processor, out long userTicks, out long niceTicks, out long systemTicks);
        long ticks = userTicks + systemTicks;
        long user = ticks == 0 ? 0 : busy / ticks * userTicks;
        using (_timesLock.Enter())
        {
            ProcessTimes now = _times[processor].Next(busy, user);
            _times[processor] = now;
            ProcessTimes nice = _niceTimes[processor].Next(now.User, ticks == 0 ? 0 : busy / ticks * niceTicks);
            _niceTimes[processor] = nice;
            return new ProcessorTimes(now.User, now.System, idle) { Nice = nice.User };
        }
    }

    /// <inheritdoc/>
    public ProcessorHistory HistoryOf(int processor)
    {
        Threads.HistoryOf(processor, out long run, out long wait, out long slices);
        Threads.DecisionsOf(processor, out long picks, out long idlePicks, out long wakeUps, out long localWakeUps);
        return new ProcessorHistory(new ThreadHistory(run, wait, slices), picks, idlePicks, wakeUps, localWakeUps);
    }

    /// <inheritdoc/>
    public InterruptCounts InterruptsOf(int processor)
    {
        Interrupts.CountsOf(processor, out long timer, out long requests, out long shootdowns);
        return new InterruptCounts(timer, requests, shootdowns);
    }

    /// <inheritdoc/>
    public (long Period, long Limit) RealTimeShare => Threads.RealTimeShare;

    /// <inheritdoc/>
    public int InterruptLines => Interrupts.LineCount;

    /// <inheritdoc/>
    public long DeviceInterruptsOf(int line) => Interrupts.CountOf(line);

    /// <inheritdoc/>
    public WorldStops WorldStops =>
        new(Floor.Runtime.WorldStops.Count, Floor.Runtime.WorldStops.TotalNanoseconds, Floor.Runtime.WorldStops.LongestNanoseconds);

    /// <inheritdoc/>
    public IReadOnlyList<(long Number, long Nanoseconds)> RecentWorldStops
    {
        get
        {
            // One that begins meanwhile takes the place of the oldest, which is left out therefore.
            long count = Floor.Runtime.WorldStops.Count;
            long first = Math.Max(0, count - Floor.Runtime.WorldStops.RememberedCount + 1);
            var stops = new (long Number, long Nanoseconds)[count - first];
            for (int i = 0; i < stops.Length; i++)
            {
                stops[i] = (first + i + 1, Floor.Runtime.WorldStops.NanosecondsOf(first + i));
            }

            return stops;
        }
    }

    /// <inheritdoc/>
    public UserClock UserClock => new(Floor.Clock.Multiplier, CpuFeatures.HasProcessorNumber);

    /// <inheritdoc/>
    public unsafe ReadOnlySpan<byte> UserClockLibrary
    {
        get
        {
            byte* library = Floor.Clock.UserLibrary(out int length);
            return new ReadOnlySpan<byte>(library, length);
        }
    }

    /// <inheritdoc/>
    public long UsualSliceNanoseconds => Threads.DefaultSliceNanoseconds;

    /// <inheritdoc/>
    public void SetThreadTerms(in ThreadTerms terms) => Threads.SetTerms(terms.Processors, terms.SliceNanoseconds, terms.Priority, terms.IsNice);

    /// <inheritdoc/>
    public void Yield() => BlockingCalls.YieldToEquals();

    /// <inheritdoc/>
    public void MakeRoom()
    {
        if (Threads.MustMakeRoom)
        {
            BlockingCalls.MakeRoom();
        }
    }

    /// <inheritdoc/>
    public IPageTable? TryCreatePageTable() => HardwarePageTable.TryCreate();

    /// <inheritdoc/>
    public UserContext? TryCreateUserContext() => HardwareUserContext.TryCreate();

    /// <inheritdoc/>
    public ThreadParker CreateParker() => new HardwareParker();

    /// <inheritdoc/>
    public bool TryStartThread(string name, Action body)
    {
        try
        {
            return ManagedThreads.TryStart(body);
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void FillRandom(Span<byte> destination) => random.Fill(destination);

    /// <inheritdoc/>
    public void WriteLog(ReadOnlySpan<byte> text) => SerialLog.Write(text);

    /// <inheritdoc/>
    public void SynchronizeProcessors() => Floor.Processors.MemoryBarrier();

    /// <inheritdoc/>
    public void MisuseSpinLock(SpinLockMisuse misuse)
    {
        switch (misuse)
        {
            case SpinLockMisuse.InterruptsOn:
                SpinLockMisuses.TakeWithInterruptsOn();
                break;
            case SpinLockMisuse.Inversion:
                SpinLockMisuses.Invert();
                break;
            default:
                SpinLockMisuses.Sleep();
                break;
        }
    }

    /// <inheritdoc/>
    public void PowerOff() => power.Off();

    /// <summary>All processors of a VM are of one kind.</summary>
    private static ProcessorInfo[] IdentifyProcessors()
    {
        var processors = new ProcessorInfo[Floor.Processors.Count];
        Array.Fill(processors, ProcessorIdentification.Identify(Floor.Clock.TscHertz));
        return processors;
    }
}
