using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class SemaphoreTests : IDisposable
{
    private const ushort IPC_NOWAIT = 0x800, SEM_UNDO = 0x1000;
    private readonly FileTestKernel _kernel = new();

    private UserThread Caller => _kernel.Caller;

    private SemaphoreSets Sets => _kernel.System.SemaphoreSets;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Operations_are_done_all_or_none_and_what_they_would_undo_with_them()
    {
        int set = Create(2);
        Assert.Equal(Errno.EAGAIN, Operate(set, new(0, 5, SEM_UNDO), new(1, -1, IPC_NOWAIT)));
        Assert.Equal((0, 0), (Value(set, 0), Value(set, 1)));
        Assert.Equal(Errno.None, Operate(set, new(0, 5, SEM_UNDO), new(1, 1, 0)));
        Sets.Undo(Caller.Process);
        Assert.Equal((0, 1), (Value(set, 0), Value(set, 1)));
    }

    [Fact]
    public void What_processes_would_undo_is_limited_and_given_back_with_the_set()
    {
        int[] sets = Array.ConvertAll(new int[8], _ => Create(SemaphoreSets.MaximumPerSet));
        Assert.Equal(Errno.ENOSPC, Sets.Get(Caller, IpcFlags.IPC_PRIVATE, 1, 0x180).TryGet(out _, out Errno error) ? Errno.None : error);
        foreach (int set in sets)
        {
            Assert.Equal(Errno.None, Operate(set, new SemaphoreOperation(0, 1, SEM_UNDO)));
            Assert.Equal(Errno.None, Sets.Remove(Caller, set));
            Assert.Equal(Errno.EINVAL, Operate(set, new SemaphoreOperation(0, 1, 0)));
        }

        Create(SemaphoreSets.MaximumPerSet);
    }

    private int Create(int count) => Sets.Get(Caller, IpcFlags.IPC_PRIVATE, count, 0x180).Value;

    private Errno Operate(int set, params ReadOnlySpan<SemaphoreOperation> operations) => Sets.Operate(Caller, set, operations, ThreadParker.NoDeadline);

    private long Value(int set, int number) => SemaphoreSyscalls.Semctl(Caller, set, number, SemaphoreCommand.GETVAL, 0).Value;
}
