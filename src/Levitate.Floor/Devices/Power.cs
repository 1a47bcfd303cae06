using System.Diagnostics.CodeAnalysis;

namespace Levitate.Floor;

/// <summary>Ends the machine.</summary>
public static class Power
{
    /// <summary>What a panic leaves in QEMU's isa-debug-exit (QEMU then exits with 2 * status + 1).</summary>
    internal const uint PanicStatus = 0x31;

    private const ushort DebugExitPort = 0xf4;

    /// <summary>Leaves through QEMU's isa-debug-exit device; where there is none, by a triple fault (QEMU's -no-reboot makes it an exit).</summary>
    [DoesNotReturn]
    public static void Off(uint status)
    {
        Asm.DisableInterrupts();
        Asm.Out32(DebugExitPort, status);
        Asm.TripleFault();
        while (true)
        {
            Asm.Halt();
        }
    }
}
