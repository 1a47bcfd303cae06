using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Locks;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class RecordLockTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();
    private readonly RecordLocks _locks = new();
    private readonly object _owner = new();
    private readonly object _other = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_lock_of_another_kind_cuts_the_owners_own_and_equal_ones_join()
    {
        Assert.Equal(Errno.None, Take(_owner, 0, 99, isExclusive: true));
        Assert.Equal(Errno.None, Take(_owner, 40, 59, isExclusive: false));
        Assert.Equal((0L, 39L, true), Meets(0));
        Assert.Equal((40L, 59L, false), Meets(50));
        Assert.Equal((60L, 99L, true), Meets(99));
        Assert.Equal(Errno.None, Take(_owner, 40, 59, isExclusive: true));
        Assert.Equal((0L, 99L, true), Meets(99));
        _locks.Drop(_owner, 10, long.MaxValue);
        Assert.Equal((0L, 9L, true), Meets(9));
        Assert.Null(_locks.FindConflict(new RecordLock(_other, 2, 10, long.MaxValue, true)));
    }

    [Fact]
    public void Random_locks_are_as_a_byte_by_byte_model_has_them()
    {
        const int Bytes = 24;
        var random = new Random(5);
        int[,] model = new int[2, Bytes];
        object[] owners = [_owner, _other];
        for (int round = 0; round < 3000; round++)
        {
            int who = random.Next(2), start = random.Next(Bytes), end = random.Next(start, Bytes), kind = random.Next(3);
            bool conflicts = false;
            for (int i = start; i <= end; i++)
            {
                conflicts |= kind != 0 && model[1 - who, i] != 0 && (kind == 2 || model[1 - who, i] == 2);
            }

            if (kind == 0)
            {
                _locks.Drop(owners[who], start, end);
            }
            else
            {
                Assert.Equal(conflicts ? Errno.EAGAIN : Errno.None, Take(owners[who], start, end, isExclusive: kind == 2));
            }

            for (int i = start; i <= end && !conflicts; i++)
            {
                model[who, i] = kind;
            }
        }
    }

    [Fact]
    public void Waiting_in_a_circle_is_refused_to_the_last()
    {
        var waits = new RecordLockWaits();
        object third = new();
        Assert.True(waits.TryEnter(_owner, _other));
        Assert.True(waits.TryEnter(_other, third));
        Assert.False(waits.TryEnter(third, _owner));
        waits.Leave(_owner, _other);
        Assert.True(waits.TryEnter(third, _owner));
    }

    private Errno Take(object owner, long start, long end, bool isExclusive) =>
        _locks.Take(_kernel.Caller, new RecordLock(owner, 1, start, end, isExclusive), waits: false);

    private (long Start, long End, bool IsExclusive)? Meets(long at) =>
        _locks.FindConflict(new RecordLock(_other, 2, at, at, true)) is { } found ? (found.Start, found.End, found.IsExclusive) : null;
}
