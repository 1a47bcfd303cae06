using System;
using System.Collections.Generic;

namespace Levitate.Kernel.Platform;

/// <summary>What a processor says of itself (for /proc/cpuinfo and AT_HWCAP).</summary>
/// <param name="Vendor">cpuid leaf 0.</param>
/// <param name="ModelName">The brand string.</param>
/// <param name="Family">Display family.</param>
/// <param name="Model">Display model.</param>
/// <param name="Stepping">Stepping.</param>
/// <param name="FrequencyHertz">The time-stamp counter's rate.</param>
/// <param name="HardwareCapabilities">cpuid 1 edx: AT_HWCAP.</param>
/// <param name="HardwareCapabilities2">AT_HWCAP2: bit 1 when fsgsbase is open to user mode.</param>
/// <param name="Flags">Feature names as Linux spells them.</param>
public sealed record ProcessorInfo(
    string Vendor,
    string ModelName,
    int Family,
    int Model,
    int Stepping,
    long FrequencyHertz,
    uint HardwareCapabilities,
    uint HardwareCapabilities2,
    IReadOnlyList<string> Flags);

/// <summary>Time. All members may be called from anywhere.</summary>
public interface IClock
{
    /// <summary>Nanoseconds since power-on; never goes back.</summary>
    long MonotonicNanoseconds { get; }

    /// <summary>Nanoseconds between 1970-01-01 UTC and power-on, by the machine's real-time clock.</summary>
    long BootTimeNanoseconds { get; }

    /// <summary>The same by the time of day as it was set: what the time of day is ahead of the monotonic clock. <see cref="BootTimeNanoseconds"/> at first.</summary>
    long RealTimeOffset { get; set; }
}

/// <summary>What a program can read of the machine's clock by itself.</summary>
/// <param name="Multiplier">Nanoseconds since power-on are the time-stamp counter times this, divided by 2^32; 0: not so.</param>
/// <param name="TellsProcessor">Whether RDTSCP tells the number of the CPU.</param>
public readonly record struct UserClock(ulong Multiplier, bool TellsProcessor);

/// <summary>How a CPU has spent its time, in nanoseconds.</summary>
/// <param name="User">In user mode.</param>
/// <param name="System">In the kernel.</param>
/// <param name="Idle">With nothing to do.</param>
public readonly record struct ProcessorTimes(long User, long System, long Idle)
{
    /// <summary>The part of <see cref="User"/> that went to threads with a nice value above 0.</summary>
    public long Nice { get; init; }
}

/// <summary>What became of a thread, or of a CPU's threads, since they began.</summary>
/// <param name="Run">Nanoseconds on a CPU.</param>
/// <param name="Wait">Nanoseconds ready to run, and another ran.</param>
/// <param name="Slices">How often one came to run.</param>
public readonly record struct ThreadHistory(long Run, long Wait, long Slices)
{
    /// <summary>How often it left the CPU to wait for something. Of threads only.</summary>
    public long Sleeps { get; init; }

    /// <summary>How often it left the CPU to others though it could have gone on. Of threads only.</summary>
    public long Preemptions { get; init; }
}

/// <summary>What a CPU's scheduler did since power-on.</summary>
/// <param name="Threads">Of the threads, while they were its.</param>
/// <param name="Picks">How often it looked for a thread to run.</param>
/// <param name="IdlePicks">How often there was none.</param>
/// <param name="WakeUps">How often a sleeping thread was woken from it.</param>
/// <param name="LocalWakeUps">How often such a one was to run on it.</param>
public readonly record struct ProcessorHistory(ThreadHistory Threads, long Picks, long IdlePicks, long WakeUps, long LocalWakeUps);

/// <summary>Interrupts that a CPU has taken since power-on.</summary>
/// <param name="Timer">Of its own timer.</param>
/// <param name="Requests">Of other CPUs: to look at its run queue, to stop for the garbage collector, to forget translations, for a memory barrier.</param>
/// <param name="Shootdowns">How often it forgot translations because another CPU had changed them: in most of those requests that want it.</param>
public readonly record struct InterruptCounts(long Timer, long Requests, long Shootdowns);

/// <summary>Whether a thread runs or waits for a processor only, and which processor it was on last.</summary>
public readonly record struct ThreadPlace(bool IsRunnable, int Processor);

/// <summary>What is forbidden with a spin lock.</summary>
public enum SpinLockMisuse
{
    /// <summary>To take it with interrupts on.</summary>
    InterruptsOn,

    /// <summary>To take it under a later one.</summary>
    Inversion,

    /// <summary>To give up the processor while it is held.</summary>
    Sleep,
}

/// <summary>Stops of all threads: how many, how long together, and the longest, in nanoseconds.</summary>
public readonly record struct WorldStops(long Count, long TotalNanoseconds, long LongestNanoseconds);

/// <summary>Where a thread runs, for how long at a time, and before whom.</summary>
/// <param name="Processors">The CPUs that it may run on, a bit for each number; one of them at least is there.</param>
/// <param name="SliceNanoseconds">How long it runs while others wait that are as urgent; <see cref="NoSlice"/>: until it sleeps.</param>
/// <param name="Priority">How urgent it is: <see cref="Normal"/>, or 1 to 99 for one that runs until it sleeps, whatever waits below. A thread has its creator's until it says otherwise; the kernel's own threads are more urgent than all.</param>
public readonly record struct ThreadTerms(ulong Processors, long SliceNanoseconds, int Priority)
{
    /// <summary>Whether its time in user mode counts as that of who is nice to others (<see cref="ProcessorTimes.Nice"/>).</summary>
    public bool IsNice { get; init; }

    /// <summary>No end of a slice.</summary>
    public const long NoSlice = long.MaxValue;

    /// <summary>The priority of threads that share a CPU by slices.</summary>
    public const int Normal = 0;

    /// <summary>The priority of the kernel's own threads.</summary>
    public const int Kernel = 100;
}

/// <summary>How much the CPUs have to do.</summary>
/// <param name="Runnable">Threads that run or wait for a CPU.</param>
/// <param name="Load1">Their average over a minute with falling weight, in parts of <see cref="Unit"/>.</param>
/// <param name="Load5">Over 5 minutes.</param>
/// <param name="Load15">Over 15 minutes.</param>
public readonly record struct ProcessorLoad(int Runnable, long Load1, long Load5, long Load15)
{
    /// <summary>One thread.</summary>
    public const long Unit = 2048;
}

/// <summary>What the kernel needs of a machine. Implemented on hardware by Levitate.Machine and in memory by the tests.</summary>
public interface IMachine
{
    /// <summary>Physical memory.</summary>
    IFrameAllocator Frames { get; }

    /// <summary>User memory of the calling thread's address space.</summary>
    IUserMemoryCopier UserMemory { get; }

    /// <summary>Time.</summary>
    IClock Clock { get; }

    /// <summary>One entry a CPU.</summary>
    IReadOnlyList<ProcessorInfo> Processors { get; }

    /// <summary>An empty page table, or null when memory is used up.</summary>
    IPageTable? TryCreatePageTable();

    /// <summary>A context with all registers zero, or null when memory is used up.</summary>
    UserContext? TryCreateUserContext();

    /// <summary>A parker for the kernel thread that will own it.</summary>
    ThreadParker CreateParker();

    /// <summary>Starts a kernel thread. False when there is no memory for one. An exception that leaves <paramref name="body"/> is a kernel bug and panics.</summary>
    /// <param name="name">For debuggers, where the machine has some.</param>
    /// <param name="body">What it does.</param>
    bool TryStartThread(string name, Action body);

    /// <summary>Fills with good random bytes; never blocks.</summary>
    void FillRandom(Span<byte> destination);

    /// <summary>Appends bytes to the kernel's log (the host shows it with --verbose). Never blocks for long.</summary>
    void WriteLog(ReadOnlySpan<byte> text);

    /// <summary>The CPU time that the calling thread has had, in nanoseconds: in user mode and in the kernel.</summary>
    (long User, long System) ThreadTimes { get; }

    /// <summary>Nanoseconds that all CPUs together were idle.</summary>
    long IdleNanoseconds { get; }

    /// <summary>How many threads run or wait for a CPU, now and on the average.</summary>
    ProcessorLoad Load { get; }

    /// <summary>Of how many nanoseconds threads with a real-time priority get how many at most where others wait.</summary>
    (long Period, long Limit) RealTimeShare { get; }

    /// <summary>How a CPU has spent its time since power-on, in nanoseconds.</summary>
    ProcessorTimes TimesOf(int processor);

    /// <summary>What a CPU's scheduler did since power-on.</summary>
    ProcessorHistory HistoryOf(int processor);

    /// <summary>The interrupts that a CPU has taken; not those of devices.</summary>
    InterruptCounts InterruptsOf(int processor);

    /// <summary>The lines that devices interrupt on, and how often each did; the first CPU takes all.</summary>
    int InterruptLines { get; }

    /// <inheritdoc cref="InterruptLines"/>
    long DeviceInterruptsOf(int line);

    /// <summary>The garbage collector's stops of all threads since power-on.</summary>
    WorldStops WorldStops { get; }

    /// <summary>The last of them one by one, in their order: which since power-on (the first is number 1), and how long in nanoseconds.</summary>
    IReadOnlyList<(long Number, long Nanoseconds)> RecentWorldStops { get; }

    /// <summary>The number of the CPU that runs the calling thread, which may be on another by the time it looks.</summary>
    int CurrentProcessor { get; }

    /// <summary>How programs read the clock without a system call.</summary>
    UserClock UserClock { get; }

    /// <summary>The ELF shared library that does so (vDSO); it expects a page with what it needs below it. Empty where there is none.</summary>
    ReadOnlySpan<byte> UserClockLibrary { get; }

    /// <summary>How long a thread usually runs while others wait, in nanoseconds.</summary>
    long UsualSliceNanoseconds { get; }

    /// <summary>Says where the calling thread runs, for how long at a time and before whom, from now on.</summary>
    void SetThreadTerms(in ThreadTerms terms);

    /// <summary>Lets threads run that are as urgent as the caller.</summary>
    void Yield();

    /// <summary>Lets a thread run that is more urgent than the caller, who is about to enter user mode; returns at once where there is none.</summary>
    void MakeRoom();

    /// <summary>Has every CPU that runs a program order its loads and stores, and refetch instructions, before it returns. The caller holds no lock.</summary>
    void SynchronizeProcessors();

    /// <summary>Does with a lock below what is forbidden, for the test that this is noticed where the kernel checks its locks.</summary>
    void MisuseSpinLock(SpinLockMisuse misuse);

    /// <summary>Ends the machine.</summary>
    void PowerOff();
}
