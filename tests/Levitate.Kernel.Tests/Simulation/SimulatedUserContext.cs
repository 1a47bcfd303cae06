using System;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// A user thread whose "program" is a delegate: each <see cref="Run"/> calls <see cref="Script"/>, which looks at and
/// changes the registers and user memory as the program would, and says why it left user mode.
/// </summary>
public sealed class SimulatedUserContext(SimulatedMachine machine) : UserContext
{
    private UserRegisters _registers;
    private readonly byte[] _vectorState = new byte[576 + 256];
    private int _exitRequested;

    /// <summary>The program. Without one, every run ends with an interrupt.</summary>
    public Func<SimulatedUserContext, UserExit>? Script { get; set; }

    /// <summary>The machine it runs on.</summary>
    public SimulatedMachine Machine => machine;

    /// <summary>Whether Dispose was called.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public override ref UserRegisters Registers => ref _registers;

    /// <inheritdoc/>
    public override Span<byte> VectorState => _vectorState;

    /// <inheritdoc/>
    public override ulong GsBase { get; set; }

    /// <inheritdoc/>
    public override ulong VectorStateComponents => 7;

    /// <inheritdoc/>
    public override void ResetVectorState()
    {
        Array.Clear(_vectorState);
        _vectorState[0] = 0x7f;
        _vectorState[1] = 0x03;
        _vectorState[24] = 0x80;
        _vectorState[25] = 0x1f;
    }

    /// <inheritdoc/>
    public override void Activate(IPageTable? pageTable) => machine.SimulatedUserMemory.ActivePageTable = (SimulatedPageTable?)pageTable;

    /// <inheritdoc/>
    public override UserExit Run()
    {
        machine.SimulatedFrames.Disturbance?.Point();
        return Interlocked.Exchange(ref _exitRequested, 0) != 0 || Script is null ? UserExit.Interrupt : Script(this);
    }

    /// <summary>What a script says became of the thread.</summary>
    public ThreadHistory SimulatedHistory { get; set; }

    /// <inheritdoc/>
    public override ThreadHistory History => IsDisposed ? default : SimulatedHistory;

    /// <inheritdoc/>
    public override ThreadPlace Place => SimulatedPlace;

    /// <summary>Where the thread is said to be.</summary>
    public ThreadPlace SimulatedPlace { get; set; }

    /// <summary>Counts as switches to the thread whatever a script says.</summary>
    public int SimulatedSwitches { get; set; }

    /// <summary>Whether they are asked for.</summary>
    public bool IsWatched { get; private set; }

    /// <inheritdoc/>
    public override int Switches => SimulatedSwitches;

    /// <inheritdoc/>
    public override void WatchSwitches(bool isWatched) => IsWatched = isWatched;

    /// <inheritdoc/>
    public override void RequestExit() => Interlocked.Exchange(ref _exitRequested, 1);

    /// <summary>The last of <see cref="SetPriority"/>.</summary>
    public (int Priority, long SliceNanoseconds) Urgency { get; private set; }

    /// <inheritdoc/>
    public override void SetPriority(int priority, long sliceNanoseconds) => Urgency = (priority, sliceNanoseconds);

    /// <summary>Sets the registers of a system call, for scripts: <c>return context.Syscall(39);</c></summary>
    public UserExit Syscall(ulong number, params ReadOnlySpan<ulong> arguments)
    {
        _registers.Rax = number;
        ulong At(ReadOnlySpan<ulong> list, int index) => index < list.Length ? list[index] : 0;
        _registers.Rdi = At(arguments, 0);
        _registers.Rsi = At(arguments, 1);
        _registers.Rdx = At(arguments, 2);
        _registers.R10 = At(arguments, 3);
        _registers.R8 = At(arguments, 4);
        _registers.R9 = At(arguments, 5);
        return UserExit.Syscall;
    }

    /// <summary>A store by the program. False: it faulted, and the registers say where; return <see cref="UserExit.Fault"/>.</summary>
    public bool Store(UserAddress address, ReadOnlySpan<byte> bytes)
    {
        int done = machine.SimulatedUserMemory.CopyToUser(address, bytes);
        return done == bytes.Length || Fault(address + (ulong)done, errorCode: 6);
    }

    /// <summary>A load by the program. False: it faulted, and the registers say where; return <see cref="UserExit.Fault"/>.</summary>
    public bool Load(UserAddress address, Span<byte> bytes)
    {
        int done = machine.SimulatedUserMemory.CopyFromUser(bytes, address);
        return done == bytes.Length || Fault(address + (ulong)done, errorCode: 4);
    }

    /// <inheritdoc/>
    public override void Dispose() => IsDisposed = true;

    private bool Fault(UserAddress address, ulong errorCode)
    {
        _registers.TrapNumber = 14;
        _registers.FaultAddress = address.Value;
        _registers.ErrorCode = errorCode;
        return false;
    }
}
