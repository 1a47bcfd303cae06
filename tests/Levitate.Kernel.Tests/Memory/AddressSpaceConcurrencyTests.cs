using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

public sealed class AddressSpaceConcurrencyTests
{
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;
    private const ulong Bytes = 16 * 4096;

    [Fact]
    public async Task Faults_truncations_forks_and_unmaps_of_one_file_neither_deadlock_nor_leak()
    {
        var machine = new SimulatedMachine(totalFrames: 4096);
        var file = new TestFile(machine, (int)Bytes, fill: 1);
        AddressSpace[] spaces = [.. Enumerable.Range(0, 3).Select(_ => AddressSpace.Create(machine).Value)];
        Task[] workers =
        [
            .. spaces.Select((space, i) => Task.Run(() => UseMappings(new Random(i), space, file))),
            .. spaces.Select((space, i) => Task.Run(() => UseMappings(new Random(100 + i), space, file))),
            Task.Run(() => ResizeFile(new Random(7), file)),
        ];
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(60));
        foreach (AddressSpace space in spaces)
        {
            // No page may be left that is not the file's own.
            foreach (MappingInfo mapping in space.GetMappings().Where(mapping => mapping.IsShared))
            {
                CheckPages(machine, space, mapping, file);
            }

            space.Release();
        }

        file.Release();
        Assert.True(file.IsClosed);
        machine.AssertNothingLeaked();
    }

    [Fact]
    public async Task One_page_that_many_threads_touch_first_gets_one_frame()
    {
        var machine = new SimulatedMachine(totalFrames: 64);
        AddressSpace space = AddressSpace.Create(machine).Value;
        for (int round = 0; round < 50; round++)
        {
            UserAddress start = space.Map(default, 4096, ReadWrite, ReadWrite, MappingOptions.None, null, 0).Value;
            using var barrier = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    Assert.Equal(FaultResolution.Resolved, space.HandleFault(start, PageAccess.Write));
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Equal(4096UL, space.Usage.Resident);
            Assert.Equal(Errno.None, space.Unmap(start, 4096));
        }

        space.Release();
        machine.AssertNothingLeaked();
    }

    private static void UseMappings(Random random, AddressSpace space, TestFile file)
    {
        var buffer = new byte[100];
        for (int i = 0; i < 500; i++)
        {
            UserAddress start = new(0x1000_0000 + ((ulong)random.Next(64) * 4096));
            switch (random.Next(7))
            {
                case 0:
                    MappingOptions sharing = random.Next(2) == 0 ? MappingOptions.Shared : MappingOptions.None;
                    Assert.True(space.Map(start, Bytes, ReadWrite, ReadWrite, MappingOptions.Fixed | sharing, file, 0).Succeeded);
                    break;
                case 1:
                    Assert.Equal(Errno.None, space.Unmap(start, 8 * 4096));
                    break;
                case 2 when i % 8 == 0:
                    AddressSpace child = space.Fork().Value;
                    child.WriteRemote(start, buffer);
                    child.Release();
                    break;
                case 3:
                    space.ReadRemote(start, buffer);
                    break;
                case 4:
                    space.Remap(start, 4096, 8192, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, start + (32 * 4096));
                    break;
                default:
                    space.WriteRemote(start, buffer);
                    break;
            }
        }
    }

    private static void ResizeFile(Random random, TestFile file)
    {
        for (int i = 0; i < 300; i++)
        {
            file.Pages.SetLength(random.Next((int)Bytes + 1));
            file.Pages.PunchHole(random.Next((int)Bytes), random.Next((int)Bytes));
        }
    }

    private static void CheckPages(SimulatedMachine machine, AddressSpace space, MappingInfo mapping, TestFile file)
    {
        for (UserAddress page = mapping.Start; page < mapping.End; page += 4096)
        {
            MappedPage present = space.PageTable.Find(page);
            if (present.IsPresent)
            {
                Assert.True(file.Pages.TryGetResidentPage((mapping.FileOffset + (long)(page - mapping.Start)) / 4096, out FrameNumber frame));
                Assert.Equal(frame, present.Frame);
                machine.Frames.Release(frame);
            }
        }
    }
}
