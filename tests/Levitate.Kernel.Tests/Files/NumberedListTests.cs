using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Kernel.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class NumberedListTests
{
    [Fact]
    public void It_has_what_a_sorted_dictionary_has()
    {
        var random = new Random(1);
        var list = new NumberedList<object>();
        var model = new SortedDictionary<ulong, object>();
        for (int i = 0; i < 20_000; i++)
        {
            bool grows = i / 2000 % 2 == 0;
            if (random.Next(10) < (grows ? 7 : 3))
            {
                object added = new();
                model.Add(list.Add(added), added);
            }
            else if (model.Count > 0)
            {
                ulong number = model.Keys.ElementAt(random.Next(Math.Min(model.Count, 50)));
                model.Remove(number);
                list.Remove(number);
                list.Remove(number);
            }

            Assert.Equal(model.Count, list.Count);
            if (i % 1000 == 0)
            {
                Assert.Equal(model, Walk(list));
            }
        }

        list.Clear();
        Assert.Empty(Walk(list));
        Assert.True(list.Add(new()) > model.Keys.Last());
    }

    private static Dictionary<ulong, object> Walk(NumberedList<object> list)
    {
        var all = new Dictionary<ulong, object>();
        for (ulong number = 0; list.From(ref number) is { } item; number++)
        {
            all.Add(number, item);
        }

        return all;
    }
}
