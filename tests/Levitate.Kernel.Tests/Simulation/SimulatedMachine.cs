using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Platform;
using Xunit.Sdk;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// A whole machine in the memory of a test: counted frames, page tables, user copies, a clock that the test moves,
/// host threads. A test ends with <see cref="AssertNothingLeaked"/>.
/// </summary>
public sealed class SimulatedMachine : IMachine
{
    private readonly StringBuilder _log = new();
    private readonly Random _random = new(12345);
    private readonly ConcurrentQueue<Exception> _threadFailures = new();

    /// <summary>A machine with that many frames of memory and CPUs.</summary>
    public SimulatedMachine(int totalFrames = 2048, int processors = 1, bool realClock = false, Disturbance? disturbance = null)
    {
        SimulatedFrames = new SimulatedFrames(totalFrames) { Disturbance = disturbance };
        SimulatedClock = new SimulatedClock(realClock);
        var list = new List<ProcessorInfo>();
        for (int i = 0; i < processors; i++)
        {
            list.Add(new ProcessorInfo("SimulatedCPU", "Simulated processor", 6, 1, 0, 1_000_000_000, 0x178bfbff, 2, ["fpu", "sse", "sse2"]));
        }

        Processors = list;
    }

    /// <summary>Physical memory, with the means of a test.</summary>
    public SimulatedFrames SimulatedFrames { get; }

    /// <summary>The clock, to be moved.</summary>
    public SimulatedClock SimulatedClock { get; }

    /// <summary>User memory, with the means of a test.</summary>
    public SimulatedUserMemory SimulatedUserMemory { get; } = new();

    /// <summary>Makes the script of every user context that is created from now on.</summary>
    public Func<SimulatedUserContext, UserExit>? DefaultScript { get; set; }

    /// <summary>Set by <see cref="PowerOff"/>.</summary>
    public ManualResetEventSlim PoweredOff { get; } = new();

    /// <summary>What was logged, as UTF-8.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <inheritdoc/>
    public IFrameAllocator Frames => SimulatedFrames;

    /// <inheritdoc/>
    public IUserMemoryCopier UserMemory => SimulatedUserMemory;

    /// <inheritdoc/>
    public IClock Clock => SimulatedClock;

    /// <inheritdoc/>
    public IReadOnlyList<ProcessorInfo> Processors { get; }

    /// <inheritdoc/>
    public (long User, long System) ThreadTimes { get; set; }

    /// <inheritdoc/>
    public long IdleNanoseconds { get; set; }

    /// <inheritdoc/>
    public ProcessorLoad Load { get; set; }

    /// <inheritdoc/>
    public int CurrentProcessor { get; set; }

    /// <summary>What threads have asked for with <see cref="SetThreadTerms"/>, in order.</summary>
    public ConcurrentQueue<ThreadTerms> Terms { get; } = new();

    /// <inheritdoc/>
    public ProcessorTimes TimesOf(int processor) => Times with { Idle = IdleNanoseconds / Processors.Count };

    /// <summary>How each processor has spent its time, idle time aside.</summary>
    public ProcessorTimes Times { get; set; }

    /// <summary>What each CPU's scheduler did.</summary>
    public ProcessorHistory History { get; set; }

    /// <inheritdoc/>
    public ProcessorHistory HistoryOf(int processor) => History;

    /// <summary>The interrupts of each CPU.</summary>
    public InterruptCounts Interrupts { get; set; }

    /// <inheritdoc/>
    public InterruptCounts InterruptsOf(int processor) => Interrupts;

    /// <summary>How often each line has interrupted.</summary>
    public long[] DeviceInterrupts { get; set; } = [0, 0];

    /// <inheritdoc/>
    public (long Period, long Limit) RealTimeShare => (1_000_000_000, 950_000_000);

    /// <inheritdoc/>
    public int InterruptLines => DeviceInterrupts.Length;

    /// <inheritdoc/>
    public long DeviceInterruptsOf(int line) => DeviceInterrupts[line];

    /// <inheritdoc/>
    public WorldStops WorldStops { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<(long Number, long Nanoseconds)> RecentWorldStops { get; set; } = [];

    /// <inheritdoc/>
    public UserClock UserClock { get; set; }

    /// <summary><see cref="UserClockLibrary"/>.</summary>
    public byte[] ClockLibrary { get; set; } = [];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> UserClockLibrary => ClockLibrary;

    /// <inheritdoc/>
    public long UsualSliceNanoseconds => 4_000_000;

    /// <inheritdoc/>
    public void SetThreadTerms(in ThreadTerms terms) => Terms.Enqueue(terms);

    /// <inheritdoc/>
    public void Yield() => Thread.Yield();

    /// <inheritdoc/>
    public void MakeRoom()
    {
    }

    /// <inheritdoc/>
    public IPageTable? TryCreatePageTable() => new SimulatedPageTable(SimulatedFrames);

    /// <inheritdoc/>
    public UserContext? TryCreateUserContext() => new SimulatedUserContext(this) { Script = DefaultScript };

    /// <inheritdoc/>
    public ThreadParker CreateParker() => new SimulatedParker(SimulatedClock) { Disturbance = SimulatedFrames.Disturbance };

    /// <inheritdoc/>
    public bool TryStartThread(string name, Action body)
    {
        void Guard()
        {
            Disturbance.OfThread = SimulatedFrames.Disturbance;
            try
            {
                body();
            }
            catch (Exception exception)
            {
                _threadFailures.Enqueue(exception);
            }
        }

        SeededSchedule? schedule = SimulatedFrames.Disturbance as SeededSchedule;
        SeededSchedule.Participant? participant = schedule?.Add();
        var thread = new Thread(() =>
        {
            if (participant is null)
            {
                Guard();
            }
            else
            {
                schedule!.Run(participant, Guard);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return true;
    }

    /// <inheritdoc/>
    public void FillRandom(Span<byte> destination)
    {
        lock (_random)
        {
            _random.NextBytes(destination);
        }
    }

    /// <inheritdoc/>
    public void WriteLog(ReadOnlySpan<byte> text)
    {
        lock (_log)
        {
            _log.Append(Encoding.UTF8.GetString(text));
        }
    }

    /// <inheritdoc/>
    public void SynchronizeProcessors() => Interlocked.MemoryBarrierProcessWide();

    /// <inheritdoc/>
    public void MisuseSpinLock(SpinLockMisuse misuse)
    {
    }

    /// <inheritdoc/>
    public void PowerOff() => PoweredOff.Set();

    /// <summary>Puts an archive into memory as the boot loader does.</summary>
    public ArchiveImage LoadArchive(ReadOnlySpan<byte> archive)
    {
        FrameNumber first = SimulatedFrames.AllocateContiguous((archive.Length + PageSize.Bytes - 1) / PageSize.Bytes);
        archive.CopyTo(SimulatedFrames.ContiguousBytes(first, archive.Length));
        return new ArchiveImage(first, archive.Length);
    }

    /// <summary>Fails the test when a frame is still referenced or a kernel thread ended with an exception.</summary>
    public void AssertNothingLeaked()
    {
        AssertNoThreadFailed();
        SimulatedFrames.AssertAllFree();
    }

    /// <summary>Fails the test when an exception left a kernel thread, which is a panic on a real machine.</summary>
    public void AssertNoThreadFailed()
    {
        if (_threadFailures.TryPeek(out Exception? exception))
        {
            throw new XunitException($"an exception left a kernel thread: {exception}");
        }
    }
}
