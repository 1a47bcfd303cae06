using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Levitate.Floor;

/// <summary>
/// The doors from managed code into what may block: real P/Invokes, so that the thread counts as outside of managed code
/// and a garbage collection need not wait for it.
/// </summary>
public static unsafe partial class BlockingCalls
{
    /// <summary>Enters user mode and returns why it was left: 0 a syscall, 1 a fault, 2 an interrupt. Makes its transition itself (traps.S).</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_enter_user")]
    public static extern int EnterUser(UserState* state);

    /// <inheritdoc cref="Threads.Park"/>
    [DllImport("*", EntryPoint = "floor_park", ExactSpelling = true)]
    public static extern int Park(long deadline);

    /// <inheritdoc cref="Threads.Yield"/>
    [DllImport("*", EntryPoint = "floor_yield", ExactSpelling = true)]
    public static extern void Yield();

    /// <summary>Lets those run that are as urgent as the caller.</summary>
    [DllImport("*", EntryPoint = "floor_yield_to_equals", ExactSpelling = true)]
    public static extern void YieldToEquals();

    /// <summary>Lets a more urgent thread run where one waits, before the caller enters user mode.</summary>
    [DllImport("*", EntryPoint = "floor_make_room", ExactSpelling = true)]
    public static extern void MakeRoom();

    /// <summary>Waits until an enabled line has interrupted; serve the device, then call <see cref="Interrupts.Complete"/>.</summary>
    [DllImport("*", EntryPoint = "floor_wait_for_interrupt", ExactSpelling = true)]
    public static extern void WaitForInterrupt(int line);

    [RuntimeExport("floor_park")]
    private static int ParkTarget(long deadline) => Scheduler.Park(deadline) ? 1 : 0;

    [RuntimeExport("floor_yield")]
    private static void YieldTarget() => Threads.Yield();

    [RuntimeExport("floor_yield_to_equals")]
    private static void YieldToEqualsTarget() => Scheduler.Yield(toAnyone: false);

    [RuntimeExport("floor_make_room")]
    private static void MakeRoomTarget() => Scheduler.PreemptIfNeeded(inUserMode: true);

    [RuntimeExport("floor_wait_for_interrupt")]
    private static void WaitForInterruptTarget(int line) => Interrupts.Wait(line);
}
