using System;
using System.Collections.Generic;
using Levitate.Floor;
using Levitate.Floor.Runtime;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed class FreeRangesTests
{
    private const ulong Whole = KernelPageTables.WindowEnd - KernelPageTables.WindowStart;

    [Fact]
    public void What_was_given_back_joins_into_one_range_again()
    {
        var ranges = default(FreeRanges);
        var random = new Random(3);
        var taken = new List<(ulong Start, ulong Length)>();
        for (int round = 0; round < 20_000; round++)
        {
            if (taken.Count < 100 && random.Next(2) == 0)
            {
                ulong length = (ulong)random.Next(1, 64) * 4096;
                ulong start = ranges.Take(length);
                Assert.NotEqual(0UL, start);
                Assert.DoesNotContain(taken, other => start < other.Start + other.Length && other.Start < start + length);
                taken.Add((start, length));
            }
            else if (taken.Count > 0)
            {
                int index = random.Next(taken.Count);
                ranges.Give(taken[index].Start, taken[index].Length);
                taken.RemoveAt(index);
            }
        }

        foreach ((ulong start, ulong length) in taken)
        {
            ranges.Give(start, length);
        }

        Assert.Equal(KernelPageTables.WindowStart, ranges.Take(Whole));
        Assert.Equal(0UL, ranges.Take(4096));
    }

    [Fact]
    public void The_trimmed_ends_of_an_aligned_reservation_can_be_taken_again()
    {
        var ranges = default(FreeRanges);
        ulong start = ranges.Take(0x30000);
        ranges.Give(start, 0x10000);
        ranges.Give(start + 0x20000, 0x10000);
        Assert.Equal(start, ranges.Take(0x10000));
        Assert.Equal(start + 0x20000, ranges.Take(0x20000));
    }

    [Fact]
    public void More_holes_than_the_table_holds_are_forgotten_not_mixed_up()
    {
        var ranges = default(FreeRanges);
        ulong first = ranges.Take(2000 * 4096);
        for (ulong page = 0; page < 2000; page += 2)
        {
            ranges.Give(first + (page * 4096), 4096);
        }

        var seen = new HashSet<ulong>();
        for (int count = 0; count < 500; count++)
        {
            Assert.True(seen.Add(ranges.Take(4096)));
        }
    }
}
