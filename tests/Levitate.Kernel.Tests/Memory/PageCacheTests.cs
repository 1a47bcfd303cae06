using System;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

public sealed class PageCacheTests
{
    private readonly SimulatedMachine _machine = new(totalFrames: 256);

    [Fact]
    public void Reading_a_hole_gives_zeros_and_takes_no_frame()
    {
        using var cache = new PageCache(_machine.Frames);
        cache.SetLength(1L << 40);
        var bytes = new byte[10_000];
        bytes.AsSpan().Fill(1);
        Assert.Equal(bytes.Length, cache.Read((1L << 39) + 123, bytes));
        Assert.All(bytes, value => Assert.Equal(0, value));
        Assert.Equal(0, cache.ResidentPages);
    }

    [Fact]
    public void Read_stops_at_the_end_of_file()
    {
        using var cache = new PageCache(_machine.Frames);
        Assert.Equal(5, cache.Write(0, "hello"u8).Value);
        var bytes = new byte[10];
        Assert.Equal(3, cache.Read(2, bytes));
        Assert.Equal("llo"u8.ToArray(), bytes[..3]);
        Assert.Equal(0, cache.Read(5, bytes));
        Assert.Equal(0, cache.Read(long.MaxValue, bytes));
    }

    [Fact]
    public void Random_writes_reads_and_truncations_match_an_array()
    {
        var random = new Random(7);
        using var cache = new PageCache(_machine.Frames);
        var model = new byte[600_000];
        int length = 0;
        for (int step = 0; step < 3000; step++)
        {
            int offset = random.Next(500_000);
            int count = random.Next(1, random.Next(1, 20_000));
            switch (random.Next(4))
            {
                case 0:
                    var written = new byte[count];
                    random.NextBytes(written);
                    Assert.Equal(count, cache.Write(offset, written).Value);
                    written.CopyTo(model, offset);
                    length = Math.Max(length, offset + count);
                    break;
                case 1 when step % 16 == 0:
                    length = random.Next(500_000);
                    Assert.Equal(Errno.None, cache.SetLength(length));
                    model.AsSpan(length).Clear();
                    break;
                default:
                    var read = new byte[count];
                    int expected = Math.Clamp(length - offset, 0, count);
                    Assert.Equal(expected, cache.Read(offset, read));
                    Assert.True(read.AsSpan(0, expected).SequenceEqual(model.AsSpan(offset, expected)));
                    break;
            }

            Assert.Equal(length, cache.Length);
        }

        cache.Dispose();
        _machine.AssertNothingLeaked();
    }

    [Fact]
    public void Writing_a_sparse_file_at_its_very_end_takes_one_frame()
    {
        using var cache = new PageCache(_machine.Frames);
        Assert.Equal(1, cache.Write(PageCache.MaximumLength - 1, "xy"u8).Value);
        Assert.Equal(Errno.EFBIG, cache.Write(PageCache.MaximumLength, "x"u8).Error);
        Assert.Equal(1, cache.ResidentPages);
        var bytes = new byte[4];
        Assert.Equal(2, cache.Read(PageCache.MaximumLength - 2, bytes));
        Assert.Equal([0, (byte)'x'], bytes[..2]);
    }

    [Fact]
    public void Data_and_holes_are_found_in_a_huge_sparse_file_at_once()
    {
        using var cache = new PageCache(_machine.Frames);
        cache.Write(8192, new byte[4096]);
        cache.Write(1L << 60, new byte[1]);
        cache.SetLength(1L << 61);
        Assert.Equal(0, cache.FindExtent(0, isData: false).Value);
        Assert.Equal(8192, cache.FindExtent(1, isData: true).Value);
        Assert.Equal(9000, cache.FindExtent(9000, isData: true).Value);
        Assert.Equal(12288, cache.FindExtent(9000, isData: false).Value);
        Assert.Equal(1L << 60, cache.FindExtent(12288, isData: true).Value);
        Assert.Equal(Errno.ENXIO, cache.FindExtent((1L << 60) + 4096, isData: true).Error);
        Assert.Equal(Errno.ENXIO, cache.FindExtent(1L << 61, isData: false).Error);
    }

    [Fact]
    public void GetPage_adds_a_reference_fills_holes_and_ends_with_the_file()
    {
        using var cache = new PageCache(_machine.Frames);
        cache.SetLength(4097);
        FrameNumber frame = cache.GetPage(1).Value;
        Assert.Equal(2, _machine.Frames.ReferenceCount(frame));
        Assert.True(_machine.Frames.Bytes(frame).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(Errno.EFAULT, cache.GetPage(2).Error);
        Assert.Equal(Errno.EFAULT, cache.GetPage(-1).Error);
        cache.Dispose();
        _machine.Frames.Release(frame);
        _machine.AssertNothingLeaked();
    }

    [Fact]
    public void A_write_without_memory_is_short_then_ENOMEM()
    {
        var machine = new SimulatedMachine(totalFrames: 2);
        using var cache = new PageCache(machine.Frames);
        Assert.Equal(8192, cache.Write(0, new byte[10_000]).Value);
        Assert.Equal(8192, cache.Length);
        Assert.Equal(Errno.ENOMEM, cache.Write(8192, new byte[1]).Error);
        Assert.Equal(Errno.ENOMEM, cache.Write(100_000, new byte[1]).Error);
        Assert.Equal(8192, cache.Length);
    }

    [Fact]
    public void Adopted_neighbours_are_the_pages_of_a_large_file()
    {
        byte[] content = [.. Enumerable.Range(0, 200 * 4096).Select(i => (byte)(i / 4096))];
        ArchiveImage archive = _machine.LoadArchive(content);
        using var cache = new PageCache(_machine.Frames);
        cache.Adopt(3, archive.FirstFrame, 200);
        cache.SetLength(203 * 4096);
        Assert.Equal(200, cache.ResidentPages);
        var read = new byte[content.Length];
        Assert.Equal(read.Length, cache.Read(3 * 4096, read));
        Assert.Equal(content, read);
        Assert.Throws<InvalidOperationException>(() => cache.Adopt(202, archive.FirstFrame));
        cache.Dispose();
        _machine.AssertNothingLeaked();
    }

    [Fact]
    public void An_adopted_frame_is_the_page()
    {
        ArchiveImage archive = _machine.LoadArchive(Enumerable.Repeat((byte)'a', 4096).Concat("end"u8.ToArray()).ToArray());
        _machine.Frames.Bytes(new FrameNumber(archive.FirstFrame.Value + 1))[3..].Clear();
        using var cache = new PageCache(_machine.Frames);
        cache.Adopt(0, archive.FirstFrame);
        cache.Adopt(1, new FrameNumber(archive.FirstFrame.Value + 1));
        cache.SetLength(archive.Length);
        var bytes = new byte[5000];
        Assert.Equal(4099, cache.Read(0, bytes));
        Assert.Equal("aend"u8.ToArray(), bytes[4095..4099]);
        cache.SetLength(10);
        Assert.Equal(255, _machine.Frames.FreeFrames);
        cache.Dispose();
        _machine.AssertNothingLeaked();
    }
}
