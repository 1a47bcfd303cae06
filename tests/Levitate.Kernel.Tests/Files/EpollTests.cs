using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Epoll;
using Levitate.Kernel.Files.Events;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class EpollTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();
    private readonly UserAddress _events;

    public EpollTests() => _events = _kernel.Simulated.Map(PageSize.Bytes);

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void An_edge_is_told_once_and_a_level_as_long_as_it_lasts()
    {
        int set = NewSet(), counter = NewCounter(0);
        Control(set, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN);
        Assert.Equal(0, Look(set));
        _kernel.Write(counter, BitConverter.GetBytes(2UL));
        Assert.Equal(1, Look(set));
        Assert.Equal(1, Look(set));
        Control(set, EpollOperation.EPOLL_CTL_MOD, counter, EpollEvents.EPOLLIN | EpollEvents.EPOLLET);
        Assert.Equal(1, Look(set));
        Assert.Equal(0, Look(set));
        _kernel.Write(counter, BitConverter.GetBytes(1UL));
        Assert.Equal(1, Look(set));
        Assert.Equal(new EpollEvent(EpollEvents.EPOLLIN, (ulong)counter), _kernel.Caller.Memory.Read<EpollEvent>(_events).Value);
    }

    [Fact]
    public void An_edge_on_the_side_that_nobody_asked_for_is_not_told()
    {
        int set = NewSet(), counter = NewCounter(1);
        Control(set, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLOUT | EpollEvents.EPOLLET);
        Assert.Equal(1, Look(set));
        _kernel.Write(counter, BitConverter.GetBytes(1UL));
        Assert.Equal(0, Look(set));
        _kernel.Read(counter, 8);
        Assert.Equal(1, Look(set));
    }

    [Fact]
    public void The_last_close_of_a_file_takes_it_out_of_every_set_and_a_closed_set_forgets_its_files()
    {
        int first = NewSet(), second = NewSet(), counter = NewCounter(1);
        Control(first, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN);
        Control(second, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN);
        _kernel.Close(second);
        _kernel.Write(counter, BitConverter.GetBytes(1UL));
        Assert.Equal(1, Look(first));
        _kernel.Close(counter);
        Assert.Equal(0, Look(first));
    }

    [Fact]
    public void A_fault_while_events_are_stored_loses_none()
    {
        int set = NewSet(), counter = NewCounter(1);
        Control(set, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN | EpollEvents.EPOLLET);
        Assert.Equal(Errno.EFAULT, EpollSyscalls.EpollWait(_kernel.Caller, set, new UserAddress(0x1000), 1, 0).Error);
        Assert.Equal(1, Look(set));
    }

    [Fact]
    public void Sets_do_not_watch_each_other_in_a_circle()
    {
        int a = NewSet(), b = NewSet(), c = NewSet();
        Assert.Equal(Errno.None, Control(a, EpollOperation.EPOLL_CTL_ADD, b, EpollEvents.EPOLLIN));
        Assert.Equal(Errno.None, Control(b, EpollOperation.EPOLL_CTL_ADD, c, EpollEvents.EPOLLIN));
        Assert.Equal(Errno.ELOOP, Control(c, EpollOperation.EPOLL_CTL_ADD, a, EpollEvents.EPOLLIN));
        Assert.Equal(Errno.EINVAL, Control(a, EpollOperation.EPOLL_CTL_ADD, a, EpollEvents.EPOLLIN));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Five_sets_may_lie_above_each_other_and_no_more(bool fromBelow)
    {
        int[] sets = [NewSet(), NewSet(), NewSet(), NewSet(), NewSet(), NewSet()];
        for (int i = 0; i < 5; i++)
        {
            int outer = fromBelow ? i + 1 : 4 - i, inner = fromBelow ? i : 5 - i;
            Assert.Equal(i < 4 ? Errno.None : Errno.ELOOP, Control(sets[outer], EpollOperation.EPOLL_CTL_ADD, sets[inner], EpollEvents.EPOLLIN));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Five_hundred_ways_may_lead_over_two_sets_and_no_more(bool isFileFirst)
    {
        int inner = NewSet(), counter = NewCounter(0);
        if (isFileFirst)
        {
            Assert.Equal(Errno.None, Control(inner, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN));
        }

        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(Errno.None, Control(NewSet(), EpollOperation.EPOLL_CTL_ADD, inner, EpollEvents.EPOLLIN));
        }

        int one = NewSet();
        Assert.Equal(isFileFirst ? Errno.EINVAL : Errno.None, Control(one, EpollOperation.EPOLL_CTL_ADD, inner, EpollEvents.EPOLLIN));
        Assert.Equal(isFileFirst ? Errno.ENOENT : Errno.EINVAL, isFileFirst
            ? Control(one, EpollOperation.EPOLL_CTL_DEL, inner, EpollEvents.EPOLLIN)
            : Control(inner, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN));
    }

    [Fact]
    public void No_edge_is_lost_while_files_come_and_go_on_other_processors()
    {
        const int Rounds = 2000;
        int set = NewSet(), outer = NewSet(), counter = NewCounter(0);
        Control(set, EpollOperation.EPOLL_CTL_ADD, counter, EpollEvents.EPOLLIN | EpollEvents.EPOLLET);
        Control(outer, EpollOperation.EPOLL_CTL_ADD, set, EpollEvents.EPOLLIN);
        Levitate.Kernel.Files.FileDescription file = _kernel.Caller.Files.Get(counter).Value;
        Levitate.Kernel.Files.FileDescription watcher = _kernel.Caller.Files.Get(set).Value;
        UserThread other = _kernel.Simulated.CreateProcess();
        var writer = new Thread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                var cursor = new Levitate.Kernel.Files.IoCursor(BitConverter.GetBytes(1UL));
                long offset = 0;
                Assert.True(file.Write(other, ref cursor, ref offset).Succeeded);
            }
        });
        var changer = new Thread(() =>
        {
            var epoll = (EpollDescription)watcher;
            for (int i = 0; i < Rounds; i++)
            {
                var pipe = new EventDescription(file.Location, OpenFlags.O_RDWR, 1, isSemaphore: false);
                file.Inode.Acquire();
                Assert.Equal(Errno.None, epoll.Add(other, pipe, 1000, new EpollEvent(EpollEvents.EPOLLOUT | EpollEvents.EPOLLET, 1000)));
                pipe.Release();
            }
        });
        writer.Start();
        changer.Start();
        ulong seen = 0;
        while (seen < Rounds)
        {
            long count = FileTestKernel.Check(EpollSyscalls.EpollWait(_kernel.Caller, set, _events, 8, -1));
            for (int i = 0; i < count; i++)
            {
                EpollEvent told = _kernel.Caller.Memory.Read<EpollEvent>(_events + (ulong)(i * EpollEvent.Size)).Value;
                seen += told.Data == (ulong)counter ? BitConverter.ToUInt64(_kernel.Read(counter, 8)) : 0;
            }
        }

        writer.Join();
        changer.Join();
        Assert.Equal((ulong)Rounds, seen);
        file.Release();
        watcher.Release();
        other.Files.Release();
        other.Process.AddressSpace.Release();
        other.Context.Dispose();
    }

    private int NewSet() => (int)EpollSyscalls.EpollCreate1(_kernel.Caller, OpenFlags.O_RDONLY).Value;

    private int NewCounter(uint initial) => (int)EventSyscalls.Eventfd2(_kernel.Caller, initial, EventFlags.None).Value;

    private Errno Control(int set, EpollOperation operation, int fd, EpollEvents events)
    {
        _kernel.Caller.Memory.Write(_kernel.Scratch, new EpollEvent(events, (ulong)fd));
        return EpollSyscalls.EpollCtl(_kernel.Caller, set, operation, fd, _kernel.Scratch).Error;
    }

    private long Look(int set) => EpollSyscalls.EpollWait(_kernel.Caller, set, _events, 8, 0).Value;
}
