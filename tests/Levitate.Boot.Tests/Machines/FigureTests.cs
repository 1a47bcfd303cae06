using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>Figures that hold always. What depends on the host's speed is in `./levitate bench`.</summary>
public sealed class FigureTests
{
    private const long MaximumKernelBytes = 4 << 20;

    [MachineFact]
    public void The_kernel_image_is_at_most_4_MB()
    {
        Repository.EnsureBuilt();
        Assert.InRange(new FileInfo(Repository.Kernel).Length, 1, MaximumKernelBytes);
    }
}
