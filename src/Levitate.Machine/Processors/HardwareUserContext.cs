using System;
using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Machine.Memory;

namespace Levitate.Machine.Processors;

/// <summary>A user thread's state, in the structure that the floor's entry into user mode reads and writes.</summary>
internal sealed unsafe class HardwareUserContext : UserContext
{
    private UserState* _state;

    /// <summary>Keeps <see cref="RequestExit"/> of other threads from a state that is being freed. Nothing is locked under it. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.UserContext);

    private HardwareUserContext(UserState* state) => _state = state;

    /// <inheritdoc/>
    public override ref UserRegisters Registers => ref *(UserRegisters*)_state;

    /// <inheritdoc/>
    public override Span<byte> VectorState => new(UserMode.VectorArea(_state), (int)CpuFeatures.VectorAreaBytes);

    /// <inheritdoc/>
    public override ulong VectorStateComponents => CpuFeatures.VectorComponents;

    /// <inheritdoc/>
    public override ulong GsBase
    {
        get => UserMode.GetGsBase(_state);
        set => UserMode.SetGsBase(_state, value);
    }

    /// <summary>A context with all registers zero; null when memory is used up.</summary>
    internal static HardwareUserContext? TryCreate()
    {
        UserState* state = UserMode.TryCreateState();
        return state is null ? null : new HardwareUserContext(state);
    }

    /// <inheritdoc/>
    public override void ResetVectorState() => UserMode.ResetVectorState(_state);

    /// <inheritdoc/>
    public override void Activate(IPageTable? pageTable) => UserMode.SetAddressSpace(_state, pageTable is null ? 0 : ((HardwarePageTable)pageTable).Root);

    /// <inheritdoc/>
    public override UserExit Run() => (UserExit)BlockingCalls.EnterUser(_state);

    /// <inheritdoc/>
    public override void RequestExit()
    {
        using (_lock.Enter())
        {
            if (_state is not null)
            {
                UserMode.RequestExit(_state);
            }
        }
    }

    /// <inheritdoc/>
    public override void SetPriority(int priority, long sliceNanoseconds)
    {
        using (_lock.Enter())
        {
            if (_state is not null)
            {
                UserMode.SetPriority(_state, priority, sliceNanoseconds);
            }
        }
    }

    /// <inheritdoc/>
    public override ThreadHistory History
    {
        get
        {
            using (_lock.Enter())
            {
                if (_state is null)
                {
                    return default;
                }

                ThreadCounts counts = UserMode.CountsOf(_state);
                return new ThreadHistory(counts.Run, counts.Wait, counts.Slices) { Sleeps = counts.Sleeps, Preemptions = counts.Preemptions };
            }
        }
    }

    /// <inheritdoc/>
    public override ThreadPlace Place
    {
        get
        {
            using (_lock.Enter())
            {
                return _state is not null && UserMode.PlaceOf(_state, out bool isRunnable, out int processor) ? new ThreadPlace(isRunnable, processor) : default;
            }
        }
    }

    /// <inheritdoc/>
    public override int Switches => Volatile.Read(ref _state->Switches);

    /// <inheritdoc/>
    public override void WatchSwitches(bool isWatched) => UserMode.WatchSwitches(isWatched ? _state : null);

    /// <inheritdoc/>
    public override void Dispose()
    {
        using (_lock.Enter())
        {
            if (_state is not null)
            {
                UserMode.FreeState(_state);
                _state = null;
            }
        }
    }
}
