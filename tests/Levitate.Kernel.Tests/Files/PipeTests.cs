using System;
using System.Linq;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class PipeTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Bytes_come_out_in_order_and_the_end_follows_the_last_writer()
    {
        (int read, int write) = Pipe();
        Assert.Equal(5, _kernel.Write(write, "hello"u8).Value);
        Assert.Equal(3, _kernel.Write(write, "abc"u8).Value);
        Assert.Equal("hell"u8.ToArray(), _kernel.Read(read, 4));
        Assert.Equal("oabc"u8.ToArray(), _kernel.Read(read, 100));
        Assert.Equal(PollEvents.None, Poll(read, PollEvents.POLLIN));
        _kernel.Close(write);
        Assert.Equal(PollEvents.POLLHUP, Poll(read, PollEvents.POLLIN));
        Assert.Empty(_kernel.Read(read, 100));
    }

    [Fact]
    public void Without_a_reader_a_write_is_EPIPE_with_SIGPIPE()
    {
        (int read, int write) = Pipe();
        _kernel.Close(read);
        Assert.Equal(PollEvents.POLLERR, Poll(write, PollEvents.None));
        Assert.Equal(Errno.EPIPE, _kernel.Write(write, "x"u8).Error);
        Assert.NotEqual(0UL, _kernel.Caller.Signals.Pending.Set & SignalNumber.Bit(SignalNumber.SIGPIPE));
    }

    [Fact]
    public void A_full_pipe_takes_no_more_than_64_KiB_and_writes_of_up_to_4096_bytes_stay_whole()
    {
        (int read, int write) = Pipe(OpenFlags.O_NONBLOCK);
        byte[] block = new byte[5000];
        long total = 0;
        SyscallResult result;
        while (!(result = _kernel.Write(write, block)).IsError)
        {
            total += result.Value;
        }

        Assert.Equal(Errno.EAGAIN, result.Error);
        Assert.Equal(65536, total);
        Assert.Equal(PollEvents.None, Poll(write, PollEvents.POLLOUT));
        Assert.Equal(4095, _kernel.Read(read, 4095).Length);
        Assert.Equal(Errno.EAGAIN, _kernel.Write(write, block.AsSpan(0, 4096)).Error);
        Assert.Single(_kernel.Read(read, 1));
        Assert.Equal(4096, _kernel.Write(write, block.AsSpan(0, 4096)).Value);
    }

    [Fact]
    public void A_pipe_that_is_opened_again_waits_for_no_writer()
    {
        (int read, int write) = Pipe();
        _kernel.Write(write, "x"u8);
        _kernel.Close(write);
        FileDescription file = _kernel.Caller.Files.Get(read).Value;
        FileDescription again = file.Inode.Open(file.Location, OpenFlags.O_RDONLY, _kernel.Caller).Value;
        file.Release();
        int second = _kernel.Caller.Files.Add(again, closeOnExec: false, limit: 1024).Value;
        Assert.Equal("x"u8.ToArray(), _kernel.Read(second, 10));
        Assert.Empty(_kernel.Read(second, 10));
    }

    [Fact]
    public void Frames_come_and_go_with_the_bytes_but_for_one_that_a_pipe_keeps()
    {
        (int read, int write) = Pipe();
        _kernel.Write(write, new byte[1]);
        _kernel.Read(read, 1);
        long free = _kernel.Machine.Frames.FreeFrames;
        _kernel.Write(write, new byte[20000]);
        Assert.Equal(free - 4, _kernel.Machine.Frames.FreeFrames);
        _kernel.Read(read, 19999);
        Assert.Equal(free - 1, _kernel.Machine.Frames.FreeFrames);
        _kernel.Read(read, 1);
        Assert.Equal(free, _kernel.Machine.Frames.FreeFrames);
        _kernel.Caller.Files.Close(read);
        _kernel.Caller.Files.Close(write);
        Assert.Equal(free + 1, _kernel.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void A_fault_gives_a_short_count_or_EFAULT_and_loses_nothing()
    {
        (int read, int write) = Pipe();
        UserAddress page = _kernel.LonePage();
        Assert.Equal(100, ReadWriteSyscalls.Write(_kernel.Caller, write, page + 3996, 200).Value);
        Assert.Equal(Errno.EFAULT, ReadWriteSyscalls.Write(_kernel.Caller, write, page + 4096, 200).Error);
        Assert.Equal(40, ReadWriteSyscalls.Read(_kernel.Caller, read, page + 4056, 200).Value);
        Assert.Equal(Errno.EFAULT, ReadWriteSyscalls.Read(_kernel.Caller, read, page + 4096, 200).Error);
        Assert.Equal(60, _kernel.Read(read, 200).Length);
    }

    [Fact]
    public void A_pipe_can_be_resized_around_what_it_holds()
    {
        (int read, int write) = Pipe();
        _kernel.Write(write, [.. Enumerable.Range(0, 10000).Select(i => (byte)i)]);
        _kernel.Read(read, 5000);
        Assert.Equal(65536, DescriptorSyscalls.Fcntl(_kernel.Caller, read, FileCommand.F_GETPIPE_SZ, 0).Value);
        Assert.Equal(Errno.EBUSY, DescriptorSyscalls.Fcntl(_kernel.Caller, read, FileCommand.F_SETPIPE_SZ, 4096).Error);
        Assert.Equal(8192, DescriptorSyscalls.Fcntl(_kernel.Caller, read, FileCommand.F_SETPIPE_SZ, 5000).Value);
        Assert.Equal([.. Enumerable.Range(5000, 5000).Select(i => (byte)i)], _kernel.Read(read, 10000));
    }

    [Fact]
    public void A_reader_wakes_when_bytes_come_and_a_poller_too()
    {
        (int read, int write) = Pipe();
        FileDescription reader = _kernel.Caller.Files.Get(read).Value;
        Pipe pipe = ((PipeDescription)reader).Pipe;
        var writer = new Thread(() =>
        {
            SpinWait.SpinUntil(() => pipe.ReadQueue.HasWaiters);
            var cursor = new Kernel.Files.IoCursor("late"u8.ToArray());
            Assert.Equal(Errno.None, pipe.TryWrite(ref cursor));
        });
        writer.Start();
        Assert.Equal(PollEvents.POLLIN, Poll(read, PollEvents.POLLIN, timeout: -1));
        Assert.Equal("late"u8.ToArray(), _kernel.Read(read, 10));
        writer.Join();
        reader.Release();
    }

    [Fact]
    public void Select_marks_what_is_ready_and_refuses_what_is_not_open()
    {
        (int read, int write) = Pipe();
        UserAddress sets = _kernel.Simulated.Put(new byte[24]);
        _kernel.Caller.Memory.Write(sets, 1UL << read);
        _kernel.Caller.Memory.Write(sets + 8, 1UL << write);
        UserAddress zero = _kernel.Simulated.Put(new byte[16]);
        Assert.Equal(1, SelectSyscalls.Select(_kernel.Caller, 64, sets, sets + 8, default, zero).Value);
        Assert.Equal(0UL, _kernel.Caller.Memory.Read<ulong>(sets).Value);
        Assert.Equal(1UL << write, _kernel.Caller.Memory.Read<ulong>(sets + 8).Value);
        _kernel.Caller.Memory.Write(sets, 1UL << 60);
        Assert.Equal(Errno.EBADF, SelectSyscalls.Select(_kernel.Caller, 64, sets, default, default, zero).Error);
    }

    [Fact]
    public void Pipe_gives_its_descriptors_back_when_they_cannot_be_stored()
    {
        Assert.Equal(Errno.EFAULT, PipeSyscalls.Pipe2(_kernel.Caller, new UserAddress(8), default).Error);
        Assert.Null(_kernel.Caller.Files.NextOpen(0));
    }

    private (int Read, int Write) Pipe(OpenFlags flags = default)
    {
        FileTestKernel.Check(PipeSyscalls.Pipe2(_kernel.Caller, _kernel.Scratch, flags));
        return (_kernel.Caller.Memory.Read<int>(_kernel.Scratch).Value, _kernel.Caller.Memory.Read<int>(_kernel.Scratch + 4).Value);
    }

    private PollEvents Poll(int fd, PollEvents wanted, int timeout = 0)
    {
        _kernel.Caller.Memory.Write(_kernel.Scratch, new PollEntry { Descriptor = fd, Wanted = wanted });
        FileTestKernel.Check(PollSyscalls.Poll(_kernel.Caller, _kernel.Scratch, 1, timeout));
        return _kernel.Caller.Memory.Read<PollEntry>(_kernel.Scratch).Value.Found;
    }
}
