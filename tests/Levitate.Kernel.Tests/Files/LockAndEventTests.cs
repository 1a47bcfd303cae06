using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Events;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class LockAndEventTests : IDisposable
{
    private const LockOperation Shared = LockOperation.LOCK_SH | LockOperation.LOCK_NB;
    private const LockOperation Exclusive = LockOperation.LOCK_EX | LockOperation.LOCK_NB;

    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Shared_locks_go_together_and_an_exclusive_one_with_none()
    {
        _kernel.Create("/f");
        int a = _kernel.Open("/f"), b = _kernel.Open("/f");
        Assert.Equal(Errno.None, Lock(a, Shared));
        Assert.Equal(Errno.None, Lock(b, Shared));
        Assert.Equal(Errno.EAGAIN, Lock(a, Exclusive));
        Assert.Equal(Errno.None, Lock(b, Exclusive));
        Assert.Equal(Errno.EAGAIN, Lock(a, Shared));
        Assert.Equal(Errno.None, Lock(b, LockOperation.LOCK_UN));
        Assert.Equal(Errno.None, Lock(a, Exclusive));
        Assert.Equal(Errno.EINVAL, Lock(a, LockOperation.LOCK_SH | LockOperation.LOCK_EX));
    }

    [Fact]
    public void A_lock_belongs_to_the_description_and_goes_with_its_last_descriptor()
    {
        _kernel.Create("/f");
        int a = _kernel.Open("/f"), b = _kernel.Open("/f");
        int copy = (int)DescriptorSyscalls.Dup(_kernel.Caller, a).Value;
        Assert.Equal(Errno.None, Lock(a, Exclusive));
        Assert.Equal(Errno.None, Lock(copy, Exclusive));
        _kernel.Close(a);
        Assert.Equal(Errno.EAGAIN, Lock(b, Exclusive));
        var closer = new Thread(() =>
        {
            SimulatedParker.AwaitParked(_kernel.Caller);
            _kernel.Close(copy);
        });
        closer.Start();
        Assert.Equal(Errno.None, Lock(b, LockOperation.LOCK_EX));
        closer.Join();
    }

    [Fact]
    public void An_event_counts_and_a_semaphore_gives_one_at_a_time()
    {
        int counter = (int)EventSyscalls.Eventfd2(_kernel.Caller, 3, EventFlags.EFD_NONBLOCK).Value;
        int semaphore = (int)EventSyscalls.Eventfd2(_kernel.Caller, 2, EventFlags.EFD_NONBLOCK | EventFlags.EFD_SEMAPHORE).Value;
        _kernel.Write(counter, BitConverter.GetBytes(4UL));
        Assert.Equal(BitConverter.GetBytes(7UL), _kernel.Read(counter, 8));
        Assert.Equal(Errno.EAGAIN, ReadWriteSyscalls.Read(_kernel.Caller, counter, _kernel.Scratch, 8).Error);
        Assert.Equal(Errno.EINVAL, ReadWriteSyscalls.Read(_kernel.Caller, counter, _kernel.Scratch, 7).Error);
        Assert.Equal(Errno.EINVAL, _kernel.Write(counter, BitConverter.GetBytes(ulong.MaxValue)).Error);
        _kernel.Write(counter, BitConverter.GetBytes(ulong.MaxValue - 1));
        Assert.Equal(Errno.EAGAIN, _kernel.Write(counter, BitConverter.GetBytes(1UL)).Error);
        Assert.Equal(BitConverter.GetBytes(1UL), _kernel.Read(semaphore, 8));
        Assert.Equal(BitConverter.GetBytes(1UL), _kernel.Read(semaphore, 8));
        FileDescription file = _kernel.Caller.Files.Get(semaphore).Value;
        Assert.Equal(PollEvents.Writable, file.Readiness);
        file.Release();
    }

    private Errno Lock(int fd, LockOperation operation) => LockSyscalls.Flock(_kernel.Caller, fd, operation).Error;
}
