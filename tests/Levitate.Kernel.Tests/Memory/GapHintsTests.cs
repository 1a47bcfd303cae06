using System;
using System.Collections.Generic;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

/// <summary>Where mmap puts what has no place of its own.</summary>
public sealed class GapHintsTests
{
    private const ulong Low = 0x10_0000, Top = Low + (4096 * 4096);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_highest_room_is_found_whatever_came_and_went(int seed)
    {
        var random = new Random(seed);
        AddressSpace space = AddressSpace.Create(new SimulatedMachine(16)).Value;
        var mappings = new MappingList();
        var hints = new GapHints(Top);
        for (int round = 0; round < 20_000; round++)
        {
            ulong length = (ulong)random.Next(1, random.Next(2) == 0 ? 4 : 200) * 4096;
            bool exists = GapHints.Find(mappings, Low, Top, length, length, out ulong expected, out _);
            Assert.Equal(exists, hints.Find(mappings, Low, length, out ulong found));
            Assert.Equal(expected, found);
            if (exists && random.Next(3) != 0)
            {
                mappings.Reserve();
                mappings.Insert(mappings.FirstEndingAfter(found), new MemoryMapping(space, found, found + length, null) { Traits = random.Next(20) == 0 ? MappingTraits.GrowsDown : MappingTraits.None });
            }
            else if (mappings.Count > 0)
            {
                Remove(ref mappings, ref hints, random);
            }
        }

        space.Release();
    }

    [Fact]
    public void Who_maps_piece_by_piece_gets_neighbours_and_holes_are_filled_from_the_top()
    {
        const PageAccess Access = PageAccess.Read | PageAccess.Write;
        AddressSpace space = AddressSpace.Create(new SimulatedMachine(64)).Value;
        var places = new List<ulong>();
        for (int i = 0; i < 100; i++)
        {
            places.Add(Map(i % 2 == 0 ? Access : PageAccess.Read));
            Assert.Equal(UserLayout.MappingTop - ((ulong)(i + 1) * 4096), places[i]);
        }

        foreach (int hole in new[] { 50, 3, 70 })
        {
            Assert.Equal(Levitate.Kernel.Abi.Errno.None, space.Unmap(new UserAddress(places[hole]), 4096));
        }

        Assert.Equal(places[3], Map(Access));
        Assert.Equal(places[50], Map(Access));
        Assert.Equal(places[70], Map(Access));
        Assert.Equal(places[99] - 4096, Map(Access));
        space.Release();

        ulong Map(PageAccess access) => space.Map(default, 4096, access, Access, MappingOptions.None, null, 0).Value.Value;
    }

    private static void Remove(ref MappingList mappings, ref GapHints hints, Random random)
    {
        int index = random.Next(mappings.Count);
        MemoryMapping victim = mappings[index];
        hints.NoteFreed(victim.End);
        if (victim.Pages > 1 && random.Next(2) == 0)
        {
            // A part of it, from either end.
            bool fromStart = random.Next(2) == 0;
            ulong kept = (ulong)random.Next(1, (int)victim.Pages) * 4096;
            victim.Start = fromStart ? victim.End - kept : victim.Start;
            victim.End = fromStart ? victim.End : victim.Start + kept;
            return;
        }

        victim.End = victim.Start;
        mappings.RemoveRange(index, 1);
    }
}
