using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;

namespace Levitate.Kernel.Processes;

/// <content>What prctl and personality set.</content>
public sealed partial class Process
{
    /// <summary>PR_SET_DUMPABLE: whether others of the same user may look into it (/proc/[pid]).</summary>
    public bool IsDumpable { get; internal set; } = true;

    /// <summary>personality's persona; only Linux's own (0) is there, with flags that change nothing here.</summary>
    internal uint Persona { get; set; }

    /// <summary>/proc/[pid]/oom_score_adj, per mille of all memory: what is added to what the process has when one must end for want of memory.</summary>
    internal int OutOfMemoryAdjustment { get; private set; }

    /// <summary>The adjustment below which only CAP_SYS_RESOURCE may go.</summary>
    private int LeastOutOfMemoryAdjustment { get; set; }

    /// <summary>Sets <see cref="OutOfMemoryAdjustment"/>; EINVAL out of bounds, EACCES for less than somebody with CAP_SYS_RESOURCE set.</summary>
    internal Errno SetOutOfMemoryAdjustment(UserThread? caller, int adjustment)
    {
        bool isPrivileged = caller is null || caller.Credentials.Has(Capability.CAP_SYS_RESOURCE);
        if (Math.Abs((long)adjustment) > -OutOfMemoryKiller.Never)
        {
            return Errno.EINVAL;
        }

        if (adjustment < LeastOutOfMemoryAdjustment && !isPrivileged)
        {
            return Errno.EACCES;
        }

        OutOfMemoryAdjustment = adjustment;
        LeastOutOfMemoryAdjustment = isPrivileged ? adjustment : LeastOutOfMemoryAdjustment;
        return Errno.None;
    }

    /// <summary>PR_SET_THP_DISABLE: huge pages, which there are none of, are not wanted. Inherited, and kept over execve.</summary>
    internal bool RefusesHugePages { get; set; }

    /// <summary>The leader's nice value, -20 to 19, which is the process's in /proc even after the leader's end. See <see cref="UserThread.Nice"/>.</summary>
    internal int LeaderNice { get; set; }

    /// <summary>Bytes of times and names that a fork takes over.</summary>
    internal void InheritAttributes(Process parent)
    {
        IsDumpable = parent.IsDumpable;
        Persona = parent.Persona;
        OutOfMemoryAdjustment = parent.OutOfMemoryAdjustment;
        LeastOutOfMemoryAdjustment = parent.LeastOutOfMemoryAdjustment;
        RefusesHugePages = parent.RefusesHugePages;
        Name = parent.Name;
        ArgumentArea = parent.ArgumentArea;
        EnvironmentArea = parent.EnvironmentArea;
        AuxiliaryVector = parent.AuxiliaryVector;
    }
}
