using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>What all memory is used for: /proc/meminfo and /proc/vmstat.</summary>
/// <remarks>Linux: proc(5). What the kernel does not count (which pages are anonymous, mapped, active) has no line.</remarks>
internal sealed class MemoryFiles(KernelSystem kernel)
{
    private const int KilobytesPerFrame = PageSize.Bytes / 1024;

    private IFrameAllocator Frames => kernel.Machine.Frames;

    /// <summary>meminfo.</summary>
    public Errno WriteSizes(ProcText text, UserThread? reader)
    {
        long free = Frames.FreeFrames * KilobytesPerFrame;
        text.AddKilobytes("MemTotal:", Frames.TotalFrames * KilobytesPerFrame);
        text.AddKilobytes("MemFree:", free);

        // Nothing can be given back on demand: the file systems' pages are the files themselves.
        text.AddKilobytes("MemAvailable:", free);
        long cached = Frames.CachedFrames * KilobytesPerFrame;
        text.AddKilobytes("Buffers:", 0).AddKilobytes("Cached:", cached).AddKilobytes("SwapCached:", 0);
        text.AddKilobytes("SwapTotal:", 0).AddKilobytes("SwapFree:", 0);

        // No page is to be written anywhere.
        text.AddKilobytes("Dirty:", 0).AddKilobytes("Writeback:", 0);

        // All files lie in memory only, as those of Linux's tmpfs.
        text.AddKilobytes("Shmem:", cached);
        text.AddKilobytes("PageTables:", Frames.TableFrames * KilobytesPerFrame);
        return Errno.None;
    }

    /// <summary>vmstat: there are no devices to read pages from or swap them to, so that those counts are true.</summary>
    public Errno WriteStatistics(ProcText text, UserThread? reader)
    {
        long cached = Frames.CachedFrames;
        text.AddLine($"nr_free_pages {Frames.FreeFrames}").AddLine($"nr_page_table_pages {Frames.TableFrames}");
        text.AddLine($"nr_file_pages {cached}").AddLine("nr_dirty 0").AddLine("nr_writeback 0").AddLine($"nr_shmem {cached}");
        text.AddLine("pgpgin 0").AddLine("pgpgout 0").AddLine("pswpin 0").AddLine("pswpout 0");
        text.AddLine($"pgfault {kernel.Processes.TotalFaults}").AddLine("pgmajfault 0");
        return Errno.None;
    }
}
