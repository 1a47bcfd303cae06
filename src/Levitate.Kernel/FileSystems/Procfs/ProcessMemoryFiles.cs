using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>What is in and of a process's memory. A process whose memory is gone has empty files.</summary>
internal sealed class ProcessMemoryFiles(Process process)
{
    /// <summary>More of the arguments than this is not shown.</summary>
    private const ulong MaximumArea = 1 << 20;

    /// <summary>The column in which a path begins in maps.</summary>
    private const int PathColumn = 73;

    /// <summary>How many mappings are looked at before what is told of them is passed on: a program may have 65530.</summary>
    private const int MappingsAtOnce = 64;

    private const int KilobytesPerPage = PageSize.Bytes / 1024;

    /// <summary>maps.</summary>
    public Errno WriteMappings(ProcText text, UserThread? reader) => WithMemory(space =>
    {
        foreach (MappingInfo mapping in space.GetMappings())
        {
            WriteMapping(text, mapping);
        }
    });

    /// <summary>smaps: of each mapping what of it is in memory, and who else has it. Some mappings at a time, by where the next may begin.</summary>
    public Errno WritePages(ProcText text, UserThread? reader, ref ProcPlace place)
    {
        ProcPlace next = ProcPlace.End;
        var after = new UserAddress(place.Item);
        WithMemory(space =>
        {
            IReadOnlyList<MappingInfo> mappings = space.GetMappings(after, MappingsAtOnce);
            foreach (MappingInfo mapping in mappings)
            {
                PageCounts counts = space.CountPages(mapping.Start, mapping.End);
                WriteMapping(text, mapping);
                text.AddKilobytes("Size:", (long)((mapping.End - mapping.Start) / 1024));
                text.AddKilobytes("KernelPageSize:", KilobytesPerPage).AddKilobytes("MMUPageSize:", KilobytesPerPage);
                WriteCounts(text, counts, LockedShare(mapping, counts), isSum: false);
                text.AddLine($"THPeligible:{0,12}");
                WriteFlags(text, mapping);
            }

            next = mappings.Count == MappingsAtOnce ? new ProcPlace(mappings[^1].End.Value) : next;
        });
        place = next;
        return Errno.None;
    }

    /// <summary>smaps_rollup: the sums of smaps; ESRCH where there is no memory any more.</summary>
    public Errno WritePageSums(ProcText text, UserThread? reader)
    {
        Errno error = Errno.ESRCH;
        WithMemory(space =>
        {
            PageCounts sum = default;
            ulong locked = 0;
            UserAddress? start = null;
            UserAddress end = default;
            for (IReadOnlyList<MappingInfo> mappings; (mappings = space.GetMappings(end, MappingsAtOnce)).Count > 0;)
            {
                foreach (MappingInfo mapping in mappings)
                {
                    PageCounts counts = space.CountPages(mapping.Start, mapping.End);
                    sum += counts;
                    locked += LockedShare(mapping, counts);
                    start ??= mapping.Start;
                    end = mapping.End;
                }
            }

            WriteMapping(text, new MappingInfo(start ?? end, end, PageAccess.None, IsShared: false, 0, 0, 0, "[rollup]"u8.ToArray()));
            WriteCounts(text, sum, locked, isSum: true);
            error = Errno.None;
        });
        return error;
    }

    private static ulong LockedShare(in MappingInfo mapping, in PageCounts counts) => (mapping.Traits & MappingTraits.Locked) != 0 ? counts.Share : 0;

    private static void WriteMapping(ProcText text, in MappingInfo mapping)
    {
        int start = text.Length;
        var device = new DeviceNumber(mapping.Device);
        char read = (mapping.Access & PageAccess.Read) != 0 ? 'r' : '-';
        char write = (mapping.Access & PageAccess.Write) != 0 ? 'w' : '-';
        char execute = (mapping.Access & PageAccess.Execute) != 0 ? 'x' : '-';
        char sharing = mapping.IsShared ? 's' : 'p';
        text.Add($"{mapping.Start.Value:x8}-{mapping.End.Value:x8} {read}{write}{execute}{sharing} {mapping.FileOffset:x8} {device.Major:x2}:{device.Minor:x2} {mapping.Inode} ");
        if (mapping.Path.Length > 0)
        {
            text.PadTo(PathColumn, start);
            text.AddEscaped(mapping.Path, "\n"u8);
        }

        text.Add("\n"u8);
    }

    /// <summary>
    /// What smaps and its sums have in common. All of it is dirty: no page has a copy anywhere else, as with Linux's tmpfs and
    /// without swap. Huge pages there are none; what MADV_FREE was told of is gone at once.
    /// </summary>
    private static void WriteCounts(ProcText text, in PageCounts counts, ulong lockedShare, bool isSum)
    {
        text.AddKilobytes("Rss:", counts.Resident * KilobytesPerPage);
        text.AddKilobytes("Pss:", Share(counts.Share)).AddKilobytes("Pss_Dirty:", Share(counts.Share));
        if (isSum)
        {
            text.AddKilobytes("Pss_Anon:", Share(counts.Share - counts.ShareOfFiles)).AddKilobytes("Pss_File:", 0).AddKilobytes("Pss_Shmem:", Share(counts.ShareOfFiles));
        }

        text.AddKilobytes("Shared_Clean:", 0).AddKilobytes("Shared_Dirty:", counts.Shared * KilobytesPerPage);
        text.AddKilobytes("Private_Clean:", 0).AddKilobytes("Private_Dirty:", (counts.Resident - counts.Shared) * KilobytesPerPage);
        text.AddKilobytes("Referenced:", counts.Referenced * KilobytesPerPage);
        text.AddKilobytes("Anonymous:", (counts.Resident - counts.OfFiles) * KilobytesPerPage);
        text.AddKilobytes("LazyFree:", 0).AddKilobytes("AnonHugePages:", 0).AddKilobytes("ShmemPmdMapped:", 0).AddKilobytes("FilePmdMapped:", 0);
        text.AddKilobytes("Shared_Hugetlb:", 0).AddKilobytes("Private_Hugetlb:", 0).AddKilobytes("Swap:", 0).AddKilobytes("SwapPss:", 0);
        text.AddKilobytes("Locked:", Share(lockedShare));

        static long Share(ulong share) => (long)(share >> (PageCounts.ShareShift + 10));
    }

    /// <summary>The flags of smaps that are known here, in their order; whether a mapping's memory was reserved is not.</summary>
    private static void WriteFlags(ProcText text, in MappingInfo mapping)
    {
        PageAccess access = mapping.Access, maximum = mapping.MaximumAccess;
        MappingTraits traits = mapping.Traits;
        text.Add("VmFlags: "u8);
        Add((access & PageAccess.Read) != 0, "rd ");
        Add((access & PageAccess.Write) != 0, "wr ");
        Add((access & PageAccess.Execute) != 0, "ex ");

        // What is shared by a file that is open for reading only counts as private to all but its name.
        Add(mapping.IsShared && (maximum & PageAccess.Write) != 0, "sh ");
        Add((maximum & PageAccess.Read) != 0, "mr ");
        Add((maximum & PageAccess.Write) != 0, "mw ");
        Add((maximum & PageAccess.Execute) != 0, "me ");
        Add(mapping.IsShared, "ms ");
        Add((traits & MappingTraits.GrowsDown) != 0, "gd ");
        Add((traits & MappingTraits.Locked) != 0, "lo ");
        Add((traits & MappingTraits.DontFork) != 0, "dc ");
        Add((traits & MappingTraits.LockedOnFault) != 0, "lf ");
        Add((traits & MappingTraits.WipeOnFork) != 0, "wf ");
        Add((traits & MappingTraits.DontDump) != 0, "dd ");
        text.Add("\n"u8);

        void Add(bool isSet, string flag) => text.Add(isSet ? flag : string.Empty);
    }

    /// <summary>statm: sizes in pages. Linux has not told of libraries and dirty pages since 2.6.</summary>
    public Errno WriteSizes(ProcText text, UserThread? reader)
    {
        AddressSpaceSizes sizes = Sizes;
        text.AddLine($"{sizes.Mapped} {sizes.Resident} {FilePages} {sizes.Program} 0 {sizes.Data + sizes.Stack} 0");
        return Errno.None;
    }

    /// <summary>cmdline: the arguments, each with its NUL.</summary>
    public Errno WriteCommandLine(ProcText text, UserThread? reader) => WriteArea(text, process.ArgumentArea);

    /// <summary>environ: the environment strings the program began with, each with its NUL.</summary>
    public Errno WriteEnvironment(ProcText text, UserThread? reader) => WriteArea(text, process.EnvironmentArea);

    /// <summary>auxv.</summary>
    public Errno WriteAuxiliaryVector(ProcText text, UserThread? reader)
    {
        text.Add(process.AuxiliaryVector);
        return Errno.None;
    }

    /// <summary>How large it is.</summary>
    public AddressSpaceSizes Sizes
    {
        get
        {
            AddressSpaceSizes sizes = default;
            WithMemory(space => sizes = space.Sizes);
            return sizes;
        }
    }

    /// <summary>Where its program lies; all zeros where there is none.</summary>
    public (ProgramLayout Program, ulong BreakStart) Layout
    {
        get
        {
            (ProgramLayout, ulong) layout = default;
            WithMemory(space => layout = space.Layout);
            return layout;
        }
    }

    /// <summary>How many of the pages that have a frame are files' own, or shared.</summary>
    public long FilePages
    {
        get
        {
            long count = 0;
            WithMemory(space => count = space.CountFilePages());
            return count;
        }
    }

    private Errno WriteArea(ProcText text, (UserAddress Start, UserAddress End) area) => WithMemory(space =>
    {
        Span<byte> buffer = stackalloc byte[1024];
        ulong length = Math.Min(area.End > area.Start ? area.End - area.Start : 0, MaximumArea);
        for (ulong done = 0; done < length;)
        {
            Span<byte> part = buffer[..(int)Math.Min((ulong)buffer.Length, length - done)];
            if (space.ReadRemote(area.Start + done, part) != Errno.None)
            {
                return;
            }

            text.Add(part);
            done += (ulong)part.Length;
        }
    });

    private Errno WithMemory(Action<AddressSpace> action)
    {
        if (process.TryAcquireAddressSpace() is { } space)
        {
            action(space);
            space.Release();
        }

        return Errno.None;
    }
}
