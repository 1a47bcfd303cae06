using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>What is in and of a process's memory. A process whose memory is gone has empty files.</summary>
internal sealed class ProcessMemoryFiles(Process process)
{
    /// <summary>More of the arguments than this is not shown.</summary>
    private const ulong MaximumArea = 1 << 20;

    /// <summary>The column in which a path begins in maps.</summary>
    private const int PathColumn = 73;

    /// <summary>maps.</summary>
    public Errno WriteMappings(ProcText text, UserThread? reader) => WithMemory(space =>
    {
        foreach (MappingInfo mapping in space.GetMappings())
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
    });

    /// <summary>statm: sizes in pages.</summary>
    public Errno WriteSizes(ProcText text, UserThread? reader)
    {
        (ulong total, ulong resident) = Usage;
        text.AddLine($"{total / PageSize.Bytes} {resident / PageSize.Bytes} {FilePages} 0 0 0 0");
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

    /// <summary>Bytes mapped, and bytes that have a frame.</summary>
    public (ulong Virtual, ulong Resident) Usage
    {
        get
        {
            (ulong, ulong) usage = default;
            WithMemory(space => usage = space.Usage);
            return usage;
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
