using System.Linq;
using System.Threading;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.Memory;

/// <summary>A file that can be mapped; its pages go when its last reference does.</summary>
internal sealed class TestFile : IMappableFile
{
    private int _references = 1;

    public TestFile(SimulatedMachine machine, int length, byte fill)
    {
        Pages = new PageCache(machine.Frames);
        Pages.Write(0, Enumerable.Repeat(fill, length).ToArray());
    }

    public bool IsClosed { get; private set; }

    public PageCache Pages { get; }

    public byte[] MapsPath => "/test"u8.ToArray();

    public (ulong Device, ulong Inode) Identity => (0x12, 34);

    public void Acquire() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            IsClosed = true;
            Pages.Dispose();
        }
    }
}
