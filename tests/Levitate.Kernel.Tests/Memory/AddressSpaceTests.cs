using System;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

public sealed class AddressSpaceTests
{
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;
    private const PageAccess All = ReadWrite | PageAccess.Execute;

    private readonly SimulatedMachine _machine = new(totalFrames: 1024);

    [Fact]
    public void Anonymous_memory_is_zero_takes_a_frame_a_touched_page_and_gives_it_back()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 16);
        Assert.Equal(0UL, space.Usage.Resident);
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(start + 4100, PageAccess.Read));
        Assert.Equal(4096UL, space.Usage.Resident);
        Assert.Equal(new byte[8], Read(space, start + 4096, 8));
        Assert.Equal(Errno.None, space.Unmap(start, 16 * 4096));
        Assert.Equal(0UL, space.Usage.Resident);
        Assert.Equal(FaultResolution.NotMapped, space.HandleFault(start, PageAccess.Read));
        Finish(space);
    }

    [Fact]
    public void Mappings_are_placed_top_down_and_neighbours_of_one_kind_merge()
    {
        AddressSpace space = Create();
        UserAddress first = Map(space, 1);
        UserAddress second = Map(space, 2);
        Assert.Equal(UserLayout.MappingTop - 4096, first.Value);
        Assert.Equal(first - 8192, second);
        Assert.Single(space.GetMappings());
        Assert.Equal(Errno.None, space.Protect(second + 4096, 4096, PageAccess.Read));
        Assert.Equal(3, space.GetMappings().Count);
        Assert.Equal(Errno.None, space.Protect(second + 4096, 4096, ReadWrite));
        Assert.Single(space.GetMappings());
        Finish(space);
    }

    [Theory]
    [InlineData(UserLayout.KernelWindowStart, 4096UL, Errno.ENOMEM)]
    [InlineData(UserLayout.KernelWindowStart - 4096, 8192UL, Errno.ENOMEM)]
    [InlineData(UserLayout.KernelWindowEnd - 4096, 8192UL, Errno.ENOMEM)]
    [InlineData(UserLayout.End, 4096UL, Errno.ENOMEM)]
    [InlineData(0xffff_8000_0000_0000UL, 4096UL, Errno.ENOMEM)]
    [InlineData(0x1_0001UL, 4096UL, Errno.EINVAL)]
    [InlineData(0xf000UL, 4096UL, Errno.EPERM)]
    [InlineData(0UL, 4096UL, Errno.EPERM)]
    [InlineData(0x1_0000UL, 0UL, Errno.EINVAL)]
    [InlineData(0x1_0000UL, ulong.MaxValue, Errno.ENOMEM)]
    public void Fixed_mappings_stay_out_of_what_is_not_user_memory(ulong address, ulong length, Errno expected)
    {
        AddressSpace space = Create();
        Assert.Equal(expected, space.Map(new UserAddress(address), length, ReadWrite, All, MappingOptions.Fixed, null, 0).Error);
        Finish(space);
    }

    [Fact]
    public void A_hint_into_the_kernel_window_is_placed_elsewhere()
    {
        AddressSpace space = Create();
        UserAddress place = space.Map(new UserAddress(UserLayout.KernelWindowStart), 4096, ReadWrite, All, MappingOptions.None, null, 0).Value;
        Assert.True(UserLayout.IsUserRange(place.Value, 4096));
        Assert.Equal(FaultResolution.NotMapped, space.HandleFault(new UserAddress(UserLayout.KernelWindowStart), PageAccess.Read));
        Finish(space);
    }

    [Fact]
    public void Placement_goes_around_the_kernel_window_when_the_room_above_is_full()
    {
        AddressSpace space = Create();
        ulong above = UserLayout.MappingTop - UserLayout.KernelWindowEnd;
        Assert.True(space.Map(default, above, PageAccess.None, All, MappingOptions.NoReserve, null, 0).Succeeded);
        UserAddress below = space.Map(default, 2UL << 30, PageAccess.None, All, MappingOptions.NoReserve, null, 0).Value;
        Assert.Equal(UserLayout.KernelWindowStart - (2UL << 30), below.Value);
        Finish(space);
    }

    [Fact]
    public void Fixed_replaces_and_noreplace_refuses()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 4);
        Assert.Equal(Errno.None, space.WriteRemote(start, Enumerable.Repeat((byte)7, 16384).ToArray()));
        Assert.Equal(Errno.EEXIST, space.Map(start + 4096, 4096, ReadWrite, All, MappingOptions.FixedNoReplace, null, 0).Error);
        Assert.Equal(start + 4096, space.Map(start + 4096, 4096, PageAccess.Read, All, MappingOptions.Fixed, null, 0).Value);
        Assert.Equal(0, Read(space, start + 4096, 1)[0]);
        Assert.Equal(7, Read(space, start, 1)[0]);
        Assert.Equal(7, Read(space, start + 8192, 1)[0]);
        Finish(space);
    }

    [Fact]
    public void Access_beyond_the_protection_is_denied_and_beyond_the_maximum_cannot_be_had()
    {
        AddressSpace space = Create();
        UserAddress start = space.Map(default, 4096, PageAccess.Read, PageAccess.Read, MappingOptions.None, null, 0).Value;
        Assert.Equal(FaultResolution.AccessDenied, space.HandleFault(start, PageAccess.Write));
        Assert.Equal(FaultResolution.AccessDenied, space.HandleFault(start, PageAccess.Execute));
        Assert.Equal(Errno.EACCES, space.Protect(start, 4096, ReadWrite));
        Assert.Equal(Errno.None, space.Protect(start, 4096, PageAccess.None));
        Assert.Equal(FaultResolution.AccessDenied, space.HandleFault(start, PageAccess.Read));
        Assert.Equal(Errno.ENOMEM, space.Protect(start, 8192, PageAccess.Read));
        Finish(space);
    }

    [Fact]
    public void A_private_file_mapping_shares_the_cache_frame_until_it_is_written()
    {
        AddressSpace space = Create();
        var file = new TestFile(_machine, 3 * 4096, fill: 5);
        long frames = _machine.Frames.FreeFrames;
        UserAddress start = space.Map(default, 3 * 4096, ReadWrite, All, MappingOptions.None, file, 0).Value;
        Assert.Equal(5, Read(space, start, 1)[0]);
        FrameNumber cached = file.Pages.GetPage(0).Value;
        Assert.Equal(cached, space.PageTable.Find(start).Frame);
        Assert.Equal(PageAccess.Read, space.PageTable.Find(start).Access);
        _machine.Frames.Release(cached);
        Assert.True(space.PageTable.Find(start + 8192).IsPresent, "neighbours in the cache are mapped by the same fault");
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(start, PageAccess.Write));
        Assert.NotEqual(cached, space.PageTable.Find(start).Frame);
        Assert.Equal(Errno.None, space.WriteRemote(start, "x"u8));
        var content = new byte[1];
        file.Pages.Read(0, content);
        Assert.Equal(5, content[0]);
        Assert.InRange(frames - _machine.Frames.FreeFrames, 1, 2);
        file.Release();
        Finish(space);
        Assert.True(file.IsClosed);
    }

    [Fact]
    public void A_shared_mapping_and_the_file_are_one()
    {
        AddressSpace first = Create(), second = Create();
        var file = new TestFile(_machine, 8192, fill: 0);
        UserAddress a = first.Map(default, 8192, ReadWrite, All, MappingOptions.Shared, file, 0).Value;
        UserAddress b = second.Map(default, 4096, ReadWrite, All, MappingOptions.Shared, file, 4096).Value;
        Assert.Equal(Errno.None, first.WriteRemote(a + 4096, "shared"u8));
        Assert.Equal("shared"u8.ToArray(), Read(second, b, 6));
        var content = new byte[6];
        file.Pages.Read(4096, content);
        Assert.Equal("shared"u8.ToArray(), content);
        file.Pages.Write(4096, "SHARED"u8);
        Assert.Equal("SHARED"u8.ToArray(), Read(first, a + 4096, 6));
        file.Release();
        first.Release();
        Finish(second);
        Assert.True(file.IsClosed);
    }

    [Fact]
    public void Truncation_unmaps_the_pages_past_the_end_everywhere_copies_included()
    {
        AddressSpace space = Create();
        var file = new TestFile(_machine, 4 * 4096, fill: 9);
        UserAddress shared = space.Map(default, 4 * 4096, ReadWrite, All, MappingOptions.Shared, file, 0).Value;
        UserAddress copied = space.Map(default, 4 * 4096, ReadWrite, All, MappingOptions.None, file, 0).Value;
        Assert.Equal(Errno.None, space.WriteRemote(copied + (2 * 4096), "copy"u8));
        Read(space, shared, 4 * 4096);
        AddressSpace child = space.Fork().Value;
        Read(child, shared, 4 * 4096);
        Assert.Equal(Errno.None, file.Pages.SetLength(4097));
        foreach (AddressSpace each in new[] { space, child })
        {
            Assert.Equal(FaultResolution.BeyondEndOfFile, each.HandleFault(shared + (2 * 4096), PageAccess.Read));
            Assert.Equal(FaultResolution.BeyondEndOfFile, each.HandleFault(copied + (2 * 4096), PageAccess.Read));
            Assert.Equal(FaultResolution.Resolved, each.HandleFault(copied + 4096, PageAccess.Read));
            Assert.Equal([9, 0], Read(each, shared + 4096, 2));
        }

        file.Pages.SetLength(4 * 4096);
        Assert.Equal(0, Read(space, copied + (2 * 4096), 1)[0]);
        file.Release();
        child.Release();
        Finish(space);
    }

    [Fact]
    public void A_hole_punched_into_a_file_shows_in_its_mappings_and_leaves_private_copies()
    {
        AddressSpace space = Create();
        var file = new TestFile(_machine, 3 * 4096, fill: 9);
        UserAddress shared = space.Map(default, 3 * 4096, ReadWrite, All, MappingOptions.Shared, file, 0).Value;
        UserAddress copied = space.Map(default, 3 * 4096, ReadWrite, All, MappingOptions.None, file, 0).Value;
        Assert.Equal(Errno.None, space.WriteRemote(copied + 4096, "c"u8));
        Read(space, shared, 3 * 4096);
        Assert.Equal(Errno.None, space.Advise(shared + 4096, 4096, MemoryAdvice.MADV_REMOVE));
        Assert.Equal(2, file.Pages.ResidentPages);
        Assert.Equal([9, 0], Read(space, shared + 4095, 2));
        Assert.Equal([(byte)'c', 9], Read(space, copied + 4096, 2));
        file.Pages.PunchHole(10, 5000);
        Assert.Equal([9, 0], Read(space, shared + 9, 2));
        Assert.Equal([9, 0], Read(space, copied + 9, 2));
        file.Release();
        Finish(space);
    }

    [Fact]
    public void Of_the_pages_that_are_present_those_that_are_no_copies_are_the_files()
    {
        AddressSpace space = Create();
        var file = new TestFile(_machine, 70 * 4096, fill: 1);
        UserAddress mapped = space.Map(default, 70 * 4096, ReadWrite, All, MappingOptions.None, file, 0).Value;
        UserAddress anonymous = Map(space, 2);
        Assert.Equal(0, space.CountFilePages());
        Assert.Equal(Errno.None, space.WriteRemote(mapped + (65 * 4096), "copy"u8));
        Assert.Equal(Errno.None, space.WriteRemote(anonymous, "own"u8));
        Assert.Equal(0, space.CountFilePages());
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(mapped + (69 * 4096), PageAccess.Read));
        long present = (long)(space.Usage.Resident / 4096);
        Assert.Equal(present - 2, space.CountFilePages());
        UserAddress shared = space.Map(default, 4096, ReadWrite, All, MappingOptions.Shared, null, 0).Value;
        Assert.Equal(Errno.None, space.WriteRemote(shared, "seen"u8));
        Assert.Equal(present - 1, space.CountFilePages());
        file.Release();
        Finish(space);
    }

    [Fact]
    public void Fork_copies_on_write_in_both_directions()
    {
        AddressSpace parent = Create();
        UserAddress start = Map(parent, 4);
        Assert.Equal(Errno.None, parent.WriteRemote(start, "old"u8));
        UserAddress shared = parent.Map(default, 4096, ReadWrite, All, MappingOptions.Shared, null, 0).Value;
        AddressSpace child = parent.Fork().Value;
        Assert.Equal(parent.PageTable.Find(start).Frame, child.PageTable.Find(start).Frame);
        Assert.Equal(4096UL, child.Usage.Resident);
        Assert.Equal(FaultResolution.Resolved, child.HandleFault(start, PageAccess.Write));
        Assert.Equal(Errno.None, child.WriteRemote(start, "new"u8));
        Assert.Equal("old"u8.ToArray(), Read(parent, start, 3));
        FrameNumber frame = parent.PageTable.Find(start).Frame;
        Assert.Equal(FaultResolution.Resolved, parent.HandleFault(start, PageAccess.Write));
        Assert.Equal(frame, parent.PageTable.Find(start).Frame);
        Assert.Equal(Errno.None, child.WriteRemote(shared, "seen"u8));
        Assert.Equal("seen"u8.ToArray(), Read(parent, shared, 4));
        child.Release();
        Finish(parent);
    }

    [Fact]
    public void Fork_without_memory_is_ENOMEM_at_every_point_and_leaks_nothing()
    {
        AddressSpace parent = Create();
        var file = new TestFile(_machine, 8192, fill: 1);
        for (int i = 0; i < 5; i++)
        {
            UserAddress at = parent.Map(new UserAddress((ulong)(i + 1) << 30), 8192, ReadWrite, All, MappingOptions.Fixed, i % 2 == 0 ? file : null, 0).Value;
            Assert.Equal(Errno.None, parent.WriteRemote(at, "data"u8));
        }

        int failures = 0;
        for (int budget = 0; ; budget++)
        {
            long free = _machine.Frames.FreeFrames;
            _machine.SimulatedFrames.FailAfter = budget;
            Result<AddressSpace> child = parent.Fork();
            _machine.SimulatedFrames.FailAfter = -1;
            if (child.Succeeded)
            {
                child.Value.Release();
                break;
            }

            failures++;
            Assert.Equal(Errno.ENOMEM, child.Error);
            Assert.Equal(free, _machine.Frames.FreeFrames);
        }

        Assert.Equal(5, failures);
        file.Release();
        Finish(parent);
    }

    [Fact]
    public void Out_of_memory_in_a_fault_leaves_the_frames_balanced()
    {
        var machine = new SimulatedMachine(totalFrames: 8);
        AddressSpace space = AddressSpace.Create(machine).Value;
        UserAddress start = space.Map(default, 8 * 4096, ReadWrite, All, MappingOptions.None, null, 0).Value;
        for (ulong page = 0; page < 7; page++)
        {
            Assert.Equal(FaultResolution.Resolved, space.HandleFault(start + (page * 4096), PageAccess.Write));
        }

        Assert.Equal(FaultResolution.OutOfMemory, space.HandleFault(start + (7 * 4096), PageAccess.Write));
        Assert.Equal(Errno.ENOMEM, space.WriteRemote(start + (7 * 4096), "x"u8));
        space.Release();
        machine.AssertNothingLeaked();
    }

    [Fact]
    public void A_stack_grows_to_its_limit_and_keeps_its_distance()
    {
        AddressSpace space = Create();
        space.StackLimit = 64 * 4096;
        UserAddress start = new(UserLayout.StackTop - (4 * 4096));
        Assert.True(space.Map(start, 4 * 4096, ReadWrite, All, MappingOptions.Fixed | MappingOptions.GrowsDown | MappingOptions.InitialStack, null, 0).Succeeded);
        UserAddress lowest = new(UserLayout.StackTop - (64 * 4096));
        Assert.Equal(FaultResolution.NotMapped, space.HandleFault(lowest - 1, PageAccess.Write));
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(lowest, PageAccess.Write));
        Assert.Equal(lowest, space.GetMappings()[0].Start);
        Assert.Equal("[stack]"u8.ToArray(), space.GetMappings()[0].Path);
        space.StackLimit = ulong.MaxValue;
        UserAddress below = lowest - (300 * 4096);
        Assert.True(space.Map(below, 4096, ReadWrite, All, MappingOptions.Fixed, null, 0).Succeeded);
        Assert.Equal(FaultResolution.NotMapped, space.HandleFault(below + (256 * 4096), PageAccess.Write));
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(below + (257 * 4096), PageAccess.Write));
        Finish(space);
    }

    [Fact]
    public void The_program_break_moves_within_its_limits()
    {
        AddressSpace space = Create();
        var start = new UserAddress(0x5555_5560_0000);
        space.SetProgramBreakStart(start);
        Assert.Equal(start, space.SetProgramBreak(default));
        Assert.Equal(start + 10_000, space.SetProgramBreak(start + 10_000));
        Assert.Equal(Errno.None, space.WriteRemote(start + 9_999, "h"u8));
        Assert.Equal("[heap]"u8.ToArray(), space.GetMappings()[0].Path);
        Assert.Equal(start + 1, space.SetProgramBreak(start + 1));
        Assert.Equal(4096UL, space.Usage.Virtual);
        Assert.Equal(start + 1, space.SetProgramBreak(start - 1));
        space.DataLimit = 8192;
        Assert.Equal(start + 1, space.SetProgramBreak(start + 20_000));
        space.DataLimit = ulong.MaxValue;
        Assert.True(space.Map(start + (16 * 4096), 4096, ReadWrite, All, MappingOptions.Fixed, null, 0).Succeeded);
        Assert.Equal(start + 1, space.SetProgramBreak(start + (16 * 4096)));
        Assert.Equal(start + (15 * 4096), space.SetProgramBreak(start + (15 * 4096)));
        Finish(space);
    }

    [Fact]
    public void Limits_and_the_impossible_are_refused()
    {
        AddressSpace space = Create();
        Assert.Equal(Errno.ENOMEM, space.Map(default, 1025 * 4096, ReadWrite, All, MappingOptions.None, null, 0).Error);
        Assert.True(space.Map(default, 1025 * 4096, ReadWrite, All, MappingOptions.NoReserve, null, 0).Succeeded);
        space.AddressSpaceLimit = 1030 * 4096;
        Assert.Equal(Errno.ENOMEM, space.Map(default, 6 * 4096, PageAccess.Read, All, MappingOptions.None, null, 0).Error);
        UserAddress place = space.Map(default, 5 * 4096, PageAccess.Read, All, MappingOptions.None, null, 0).Value;
        space.DataLimit = 1027 * 4096;
        Assert.Equal(Errno.ENOMEM, space.Protect(place, 5 * 4096, ReadWrite));
        Assert.Equal(Errno.None, space.Protect(place, 2 * 4096, ReadWrite));
        Finish(space);
    }

    [Fact]
    public void Remap_grows_in_place_moves_and_shrinks_without_copying()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 4);
        Assert.Equal(Errno.None, space.WriteRemote(start + 8192, "kept"u8));
        FrameNumber frame = space.PageTable.Find(start + 8192).Frame;
        Assert.Equal(Errno.ENOMEM, space.Remap(start, 16384, (UserLayout.End - start.Value) + 4096, RemapFlags.None, default).Error);
        Assert.True(space.Map(start + 16384, 4096, PageAccess.Read, All, MappingOptions.Fixed, null, 0).Succeeded);
        Assert.Equal(Errno.ENOMEM, space.Remap(start, 16384, 32768, RemapFlags.None, default).Error);
        UserAddress moved = space.Remap(start, 16384, 32768, RemapFlags.MREMAP_MAYMOVE, default).Value;
        Assert.NotEqual(start, moved);
        Assert.Equal(frame, space.PageTable.Find(moved + 8192).Frame);
        Assert.Equal(FaultResolution.NotMapped, space.HandleFault(start, PageAccess.Read));
        Assert.Equal(moved, space.Remap(moved, 32768, 12288, RemapFlags.None, default).Value);
        Assert.Equal(moved, space.Remap(moved, 12288, 16384, RemapFlags.None, default).Value);
        Assert.Equal("kept"u8.ToArray(), Read(space, moved + 8192, 4));
        UserAddress fixedPlace = new(0x4000_0000);
        Assert.Equal(fixedPlace, space.Remap(moved, 16384, 16384, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, fixedPlace).Value);
        Assert.Equal("kept"u8.ToArray(), Read(space, fixedPlace + 8192, 4));
        Assert.Equal(Errno.EINVAL, space.Remap(fixedPlace, 8192, 8192, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, fixedPlace + 4096).Error);
        Assert.Equal(Errno.EFAULT, space.Remap(new UserAddress(0x3000_0000), 8192, 4096, RemapFlags.None, default).Error);
        Assert.Equal(Errno.EINVAL, space.Remap(fixedPlace, 0, 4096, RemapFlags.MREMAP_MAYMOVE, default).Error);
        Finish(space);
    }

    [Fact]
    public void Remap_into_the_kernel_window_is_refused_and_changes_nothing()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 2);
        Assert.Equal(Errno.None, space.WriteRemote(start, "here"u8));
        Assert.False(space.Remap(start, 8192, 8192, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, new UserAddress(UserLayout.KernelWindowStart + 4096)).Succeeded);
        Assert.Equal("here"u8.ToArray(), Read(space, start, 4));
        Finish(space);
    }

    [Fact]
    public void Dontneed_gives_back_frames_and_reads_as_zeros_or_the_file_again()
    {
        AddressSpace space = Create();
        var file = new TestFile(_machine, 4096, fill: 3);
        UserAddress anonymous = Map(space, 1);
        UserAddress copied = space.Map(default, 4096, ReadWrite, All, MappingOptions.None, file, 0).Value;
        Assert.Equal(Errno.None, space.WriteRemote(anonymous, "a"u8));
        Assert.Equal(Errno.None, space.WriteRemote(copied, "c"u8));
        Assert.Equal(Errno.None, space.Advise(anonymous, 4096, MemoryAdvice.MADV_DONTNEED));
        Assert.Equal(Errno.None, space.Advise(copied, 4096, MemoryAdvice.MADV_DONTNEED));
        Assert.Equal(0UL, space.Usage.Resident);
        Assert.Equal(0, Read(space, anonymous, 1)[0]);
        Assert.Equal(3, Read(space, copied, 1)[0]);
        Assert.Equal(Errno.ENOMEM, space.Advise(copied - 4096, 8192, MemoryAdvice.MADV_DONTNEED));
        Assert.Equal(Errno.EINVAL, space.Advise(copied, 4096, MemoryAdvice.MADV_FREE));
        file.Release();
        Finish(space);
    }

    [Fact]
    public void Advice_about_fork_is_followed()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 3);
        Assert.Equal(Errno.None, space.WriteRemote(start, Enumerable.Repeat((byte)1, 3 * 4096).ToArray()));
        Assert.Equal(Errno.None, space.Advise(start, 4096, MemoryAdvice.MADV_DONTFORK));
        Assert.Equal(Errno.None, space.Advise(start + 4096, 4096, MemoryAdvice.MADV_WIPEONFORK));
        AddressSpace child = space.Fork().Value;
        Assert.Equal(FaultResolution.NotMapped, child.HandleFault(start, PageAccess.Read));
        Assert.Equal(0, Read(child, start + 4096, 1)[0]);
        Assert.Equal(1, Read(child, start + 8192, 1)[0]);
        child.Release();
        Assert.Equal(Errno.None, space.Advise(start, 4096, MemoryAdvice.MADV_DOFORK));
        Assert.Equal(Errno.None, space.Advise(start + 4096, 4096, MemoryAdvice.MADV_KEEPONFORK));
        Assert.Single(space.GetMappings());
        Finish(space);
    }

    [Fact]
    public void Locked_memory_is_present_counted_and_limited()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 8);
        space.LockedLimit = 4 * 4096;
        Assert.Equal(Errno.ENOMEM, space.Lock(start, 5 * 4096, isLocked: true, onFault: false));
        Assert.Equal(Errno.None, space.Lock(start + 1, 4096, isLocked: true, onFault: false));
        Assert.Equal(8192UL, space.LockedBytes);
        Assert.Equal(8192UL, space.Usage.Resident);
        Assert.Equal(Errno.EINVAL, space.Advise(start, 8 * 4096, MemoryAdvice.MADV_DONTNEED));
        Assert.Equal(Errno.None, space.LockAll(current: false, future: false, onFault: false));
        Assert.Equal(0UL, space.LockedBytes);
        Assert.Single(space.GetMappings());
        Finish(space);
    }

    [Fact]
    public void Unmapping_frees_the_page_tables_that_nothing_needs_any_more()
    {
        AddressSpace space = Create();
        long free = _machine.Frames.FreeFrames;
        for (ulong i = 1; i < 100; i++)
        {
            UserAddress place = new(i << 30);
            Assert.True(space.Map(place, 8192, ReadWrite, All, MappingOptions.Fixed, null, 0).Succeeded);
            Assert.Equal(Errno.None, space.WriteRemote(place, "x"u8));
            Assert.Equal(Errno.None, space.Unmap(place + 4096, 4096));
            Assert.Equal(free - 2, _machine.Frames.FreeFrames);
            Assert.Equal(Errno.None, space.Unmap(place, 4096));
            Assert.Equal(free, _machine.Frames.FreeFrames);
        }

        Finish(space);
    }

    [Fact]
    public void Mincore_tells_what_is_there()
    {
        AddressSpace space = Create();
        UserAddress start = Map(space, 3);
        Assert.Equal(Errno.None, space.WriteRemote(start + 4096, "x"u8));
        var vector = new byte[3];
        Assert.Equal(Errno.None, space.GetResidency(start, vector));
        Assert.Equal([0, 1, 0], vector);
        Assert.Equal(Errno.ENOMEM, space.GetResidency(start + 4096, vector));
        Finish(space);
    }

    private AddressSpace Create() => AddressSpace.Create(_machine).Value;

    private static UserAddress Map(AddressSpace space, int pages) =>
        space.Map(default, (ulong)pages * 4096, ReadWrite, All, MappingOptions.None, null, 0).Value;

    private static byte[] Read(AddressSpace space, UserAddress address, int length)
    {
        var bytes = new byte[length];
        Assert.Equal(Errno.None, space.ReadRemote(address, bytes));
        return bytes;
    }

    private void Finish(AddressSpace space)
    {
        space.Release();
        _machine.AssertNothingLeaked();
    }
}
