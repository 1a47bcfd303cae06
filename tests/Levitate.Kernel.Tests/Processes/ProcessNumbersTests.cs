using System.Collections.Concurrent;
using System.Linq;
using System.Threading.Tasks;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class ProcessNumbersTests
{
    [Fact]
    public void Numbers_rise_and_begin_again_at_300()
    {
        var numbers = new ProcessNumbers(ProcessTable.MaximumId - 3);
        Assert.Equal([ProcessTable.MaximumId - 2, ProcessTable.MaximumId - 1, 300, 301], Enumerable.Range(0, 4).Select(_ => numbers.Allocate()));
    }

    [Fact]
    public void A_number_is_not_given_out_as_long_as_a_group_or_session_goes_by_it()
    {
        var numbers = new ProcessNumbers();
        numbers.CountMember(group: 1, session: 1, 1);
        numbers.CountMember(group: 3, session: 1, 1);
        numbers.CountMember(group: 1, session: 1, -1);
        Assert.Equal(2, numbers.Allocate());
        Assert.Equal(4, numbers.Allocate());
        numbers = new ProcessNumbers();
        numbers.CountMember(group: 1, session: 1, 1);
        numbers.CountMember(group: 1, session: 1, -1);
        Assert.Equal(1, numbers.Allocate());
    }

    [Fact]
    public void Nobody_gets_a_number_that_another_got()
    {
        const int Takers = 4;
        const int Each = 20_000;
        var numbers = new ProcessNumbers(ProcessTable.MaximumId - (Takers * Each / 2));
        var taken = new ConcurrentDictionary<int, int>();
        Parallel.For(0, Takers, taker =>
        {
            for (int i = 0; i < Each; i++)
            {
                Assert.True(taken.TryAdd(numbers.Allocate(), taker));
            }
        });
        Assert.False(taken.ContainsKey(0));
    }
}
