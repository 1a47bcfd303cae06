using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>How likely a process is the one to end for want of memory: oom_score, oom_score_adj, and the older oom_adj.</summary>
internal sealed class OutOfMemoryFiles(Process process)
{
    private const int Largest = -OutOfMemoryKiller.Never;

    /// <summary>The bounds of oom_adj: at the lower one the process is never chosen.</summary>
    private const int OldNever = -17, OldLargest = 15;

    /// <summary>oom_score: 0 for who is never chosen, and about 667 per mille for who has no memory.</summary>
    public Errno WriteScore(ProcText text, UserThread? reader)
    {
        long frames = Math.Max(process.Machine.Frames.TotalFrames, 1);
        long score = process.Kernel.OutOfMemory.BadnessOf(process) is { } badness ? (Largest + (badness * Largest / frames)) * 2 / 3 : 0;
        text.AddLine($"{score}");
        return Errno.None;
    }

    /// <summary>oom_score_adj.</summary>
    public Errno WriteAdjustment(ProcText text, UserThread? reader)
    {
        text.AddLine($"{process.OutOfMemoryAdjustment}");
        return Errno.None;
    }

    /// <summary>Sets oom_score_adj.</summary>
    public Errno ReadAdjustment(ReadOnlySpan<byte> text, UserThread? writer) =>
        ProcText.TryParse(text, out int adjustment) ? process.SetOutOfMemoryAdjustment(writer, adjustment) : Errno.EINVAL;

    /// <summary>oom_adj.</summary>
    public Errno WriteOldAdjustment(ProcText text, UserThread? reader)
    {
        int adjustment = process.OutOfMemoryAdjustment;
        text.AddLine($"{(adjustment == Largest ? OldLargest : adjustment * -OldNever / Largest)}");
        return Errno.None;
    }

    /// <summary>Sets oom_adj.</summary>
    public Errno ReadOldAdjustment(ReadOnlySpan<byte> text, UserThread? writer) =>
        ProcText.TryParse(text, out int adjustment) && adjustment is >= OldNever and <= OldLargest
            ? process.SetOutOfMemoryAdjustment(writer, adjustment == OldLargest ? Largest : adjustment * Largest / -OldNever)
            : Errno.EINVAL;
}
