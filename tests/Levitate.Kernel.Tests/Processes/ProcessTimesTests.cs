using System;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class ProcessTimesTests
{
    [Fact]
    public void What_samples_divide_otherwise_than_before_never_goes_back()
    {
        var random = new Random(1);
        ProcessTimes times = default;
        long total = 0;
        for (int i = 0; i < 1000; i++)
        {
            total += random.Next(-1, 100);
            ProcessTimes next = times.Next(total, random.NextInt64(total + 1 < 0 ? 0 : total + 1));
            Assert.True(next.User >= times.User && next.System >= times.System);
            Assert.Equal(Math.Max(total, times.Total), next.Total);
            times = next;
        }
    }

    [Fact]
    public void A_division_that_goes_on_as_before_is_taken_as_it_is() =>
        Assert.Equal(new ProcessTimes(30, 70), new ProcessTimes(20, 40).Next(100, 30));
}
