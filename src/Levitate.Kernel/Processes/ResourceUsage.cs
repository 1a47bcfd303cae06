using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Processes;

/// <summary>struct rusage of x86-64. There is no disk and no swap to count for; the rest of what is zero is so on Linux, too.</summary>
/// <remarks>Linux: getrusage(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUsage
{
    private TimeVal _user;
    private TimeVal _system;

    /// <summary>ru_maxrss, in KiB.</summary>
    private long _maximumResident;

    private readonly long _sharedMemory, _unsharedData, _unsharedStack;
    private long _minorFaults;
    private readonly long _majorFaults, _swaps;
    private readonly long _blockInputs, _blockOutputs;
    private readonly long _messagesSent, _messagesReceived, _signals;
    private long _voluntarySwitches, _involuntarySwitches;

    /// <summary>What was counted, as user space has it.</summary>
    internal static ResourceUsage Of(in ProcessUsage usage) => new()
    {
        _user = TimeVal.FromNanoseconds(usage.Times.User),
        _system = TimeVal.FromNanoseconds(usage.Times.System),
        _maximumResident = (long)(usage.PeakResident / 1024),
        _minorFaults = usage.Counts.Faults,
        _voluntarySwitches = usage.Counts.Sleeps,
        _involuntarySwitches = usage.Counts.Preemptions,
    };
}
