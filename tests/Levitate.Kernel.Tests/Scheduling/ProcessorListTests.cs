using Levitate.Kernel.Scheduling;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class ProcessorListTests
{
    [Theory]
    [InlineData(0ul, "")]
    [InlineData(1ul, "0")]
    [InlineData(0b11ul, "0-1")]
    [InlineData(0b1011_0110ul, "1-2,4-5,7")]
    [InlineData(1ul << 63, "63")]
    [InlineData(ulong.MaxValue, "0-63")]
    public void Runs_of_processors_are_ranges(ulong set, string text) => Assert.Equal(text, ProcessorList.Of(set));
}
