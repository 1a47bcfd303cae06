using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Processes;

/// <summary>struct rusage of x86-64. What is not counted is zero.</summary>
/// <remarks>Linux: getrusage(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUsage
{
    public TimeVal User;
    public TimeVal System;

    /// <summary>ru_maxrss, in KiB.</summary>
    public long MaximumResident;

    private readonly long _sharedMemory, _unsharedData, _unsharedStack;
    private readonly long _minorFaults, _majorFaults, _swaps;
    private readonly long _blockInputs, _blockOutputs;
    private readonly long _messagesSent, _messagesReceived, _signals;
    private readonly long _voluntarySwitches, _involuntarySwitches;

    /// <summary>Times alone.</summary>
    internal static ResourceUsage Of(ProcessTimes times) => new()
    {
        User = TimeVal.FromNanoseconds(times.User),
        System = TimeVal.FromNanoseconds(times.System),
    };
}
