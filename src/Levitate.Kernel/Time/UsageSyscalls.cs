using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Time;

/// <summary>Whose usage.</summary>
internal enum UsageTarget
{
    RUSAGE_CHILDREN = -1,
    RUSAGE_SELF = 0,
    RUSAGE_THREAD = 1,
}

/// <summary>CPU time used.</summary>
internal static class UsageSyscalls
{
    private const long NanosecondsPerTick = 10_000_000;

    /// <summary>struct tms.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ProcessTicks(long User, long System, long ChildrenUser, long ChildrenSystem);

    /// <summary>Stores the CPU times of the process and its children in ticks of 10 ms.</summary>
    /// <returns>Ticks since the start of the machine; EFAULT.</returns>
    /// <remarks>Linux: times(2).</remarks>
    [Syscall(100)]
    internal static SyscallResult Times(UserThread caller, UserAddress buffer)
    {
        if (!buffer.IsNull)
        {
            caller.UpdateTimes();
            ProcessTimes own = caller.Process.Times;
            ProcessTimes children = caller.Kernel.Processes.ChildrenUsageOf(caller.Process).Times;
            Errno error = caller.Memory.Write(buffer, new ProcessTicks(own.User / NanosecondsPerTick, own.System / NanosecondsPerTick, children.User / NanosecondsPerTick, children.System / NanosecondsPerTick));
            if (error != Errno.None)
            {
                return error;
            }
        }

        return caller.Process.Machine.Clock.MonotonicNanoseconds / NanosecondsPerTick;
    }

    /// <summary>Stores what a process, thread, or the children waited for have used.</summary>
    /// <returns>EINVAL for an unknown target; EFAULT.</returns>
    /// <remarks>Linux: getrusage(2).</remarks>
    [Syscall(98)]
    internal static SyscallResult GetRusage(UserThread caller, UsageTarget who, UserAddress usage)
    {
        ProcessUsage own = caller.UpdateUsage();
        switch (who)
        {
            case UsageTarget.RUSAGE_SELF:
                return caller.Memory.Write(usage, ResourceUsage.Of(caller.Process.Usage));
            case UsageTarget.RUSAGE_THREAD:
                return caller.Memory.Write(usage, ResourceUsage.Of(own));
            case UsageTarget.RUSAGE_CHILDREN:
                return caller.Memory.Write(usage, ResourceUsage.Of(caller.Kernel.Processes.ChildrenUsageOf(caller.Process)));
            default:
                return Errno.EINVAL;
        }
    }
}
