using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Time;

/// <summary>
/// The library that programs read clocks with, and the page below it that says how: one of each for all processes, which
/// have them mapped from their start. The page's layout is Levitate.Image/vdso/vdso.S's.
/// </summary>
/// <remarks>Linux: vdso(7).</remarks>
internal sealed class Vdso
{
    private const int MultiplierOffset = 0, RealTimeOffset = 8, TellsProcessorOffset = 16;

    private readonly IFrameAllocator _frames;
    private readonly FrameNumber _data;
    private readonly VdsoFile _dataFile;
    private readonly VdsoFile _libraryFile;

    private Vdso(IFrameAllocator frames, FrameNumber data, PageCache library)
    {
        _frames = frames;
        _data = data;
        _dataFile = new VdsoFile("[vvar]"u8.ToArray(), new PageCache(frames));
        _dataFile.Pages.Adopt(0, data);
        _dataFile.Pages.SetLength(PageSize.Bytes);
        _libraryFile = new VdsoFile("[vdso]"u8.ToArray(), library);
    }

    /// <summary>Where the library is mapped: at the top of where mappings go (AT_SYSINFO_EHDR).</summary>
    public UserAddress Library => new(UserLayout.MappingTop - (ulong)_libraryFile.Pages.Length);

    private UserAddress Data => new(Library.Value - PageSize.Bytes);

    /// <summary>Makes both; null where the machine has no library, or no memory is left.</summary>
    public static Vdso? Create(IMachine machine)
    {
        ReadOnlySpan<byte> image = machine.UserClockLibrary;
        if (image.IsEmpty || !machine.Frames.TryAllocateZeroed(out FrameNumber data))
        {
            return null;
        }

        var library = new PageCache(machine.Frames);
        if (!library.Write(0, image).TryGet(out int written, out _) || written < image.Length
            || library.SetLength(PageCache.PageCount(image.Length) * PageSize.Bytes) != Errno.None)
        {
            library.Dispose();
            machine.Frames.Release(data);
            return null;
        }

        Span<byte> page = machine.Frames.Bytes(data);
        BinaryPrimitives.WriteUInt64LittleEndian(page[MultiplierOffset..], machine.UserClock.Multiplier);
        BinaryPrimitives.WriteUInt32LittleEndian(page[TellsProcessorOffset..], machine.UserClock.TellsProcessor ? 1u : 0);
        return new Vdso(machine.Frames, data, library);
    }

    /// <summary>Says what CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, in nanoseconds. Programs read the one word at any time: they see the old value or the new one.</summary>
    public void SetRealTimeOffset(long nanoseconds) =>
        Volatile.Write(ref MemoryMarshal.Cast<byte, long>(_frames.Bytes(_data))[RealTimeOffset / sizeof(long)], nanoseconds);

    /// <summary>Whether a program's own segments lie elsewhere.</summary>
    public bool FitsBeside(LoadPlan plan) => IsApart(plan.Program) && (plan.Interpreter is null || IsApart(plan.Interpreter));

    /// <summary>Maps both into a new address space; ENOMEM.</summary>
    public Errno Map(AddressSpace space)
    {
        const PageAccess Code = PageAccess.Read | PageAccess.Execute;
        Errno error = space.Map(Data, PageSize.Bytes, PageAccess.Read, PageAccess.Read, MappingOptions.Fixed, _dataFile, 0).Error;
        return error != Errno.None
            ? error
            : space.Map(Library, (ulong)_libraryFile.Pages.Length, Code, Code | PageAccess.Write, MappingOptions.Fixed, _libraryFile, 0).Error;
    }

    private bool IsApart(ImagePlacement image)
    {
        foreach (SegmentPlacement segment in image.Segments)
        {
            if (segment.Start.Value < UserLayout.MappingTop && segment.End > Data)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One of the two. The system holds it for good.</summary>
    private sealed class VdsoFile(byte[] name, PageCache pages) : IMappableFile
    {
        public PageCache Pages => pages;

        public byte[] MapsPath => name;

        public (ulong Device, ulong Inode) Identity => default;

        public void Acquire()
        {
        }

        public void Release()
        {
        }
    }
}
