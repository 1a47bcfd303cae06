using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// Device interrupt lines: the IO-APIC's inputs (GSIs 0 to 23). An interrupt masks its line and wakes the one kernel
/// thread that waits for it; that thread does the work and calls <see cref="Complete"/>.
/// </summary>
public static unsafe class Interrupts
{
    /// <summary>Lines that there can be.</summary>
    public const int LineCount = 24;

    private const byte FirstVector = 0x30;
    private const ulong IoApicAddress = 0xfec00000;
    private const uint Masked = 1 << 16;
    private const uint LevelTriggered = 1 << 15;

    private struct Lines
    {
        internal fixed int Pending[LineCount];
        internal fixed ulong Waiter[LineCount];
        internal fixed uint Redirection[LineCount];
        internal fixed long Count[LineCount];
    }

    private static Lines s_lines;

    /// <summary>Guards the IO-APIC's index register. Interrupts off; innermost.</summary>
    private static SpinLock s_lock;

    /// <summary>The CPU that takes all interrupts: the one that booted.</summary>
    private static uint s_targetApicId;

    /// <summary>Silences the old interrupt controllers and masks every line.</summary>
    internal static void Initialize()
    {
        // The 8259s: remapped off the exceptions' vectors in case they ever speak, and masked.
        Asm.Out8(0x20, 0x11);
        Asm.Out8(0xa0, 0x11);
        Asm.Out8(0x21, 0x20);
        Asm.Out8(0xa1, 0x28);
        Asm.Out8(0x21, 4);
        Asm.Out8(0xa1, 2);
        Asm.Out8(0x21, 1);
        Asm.Out8(0xa1, 1);
        Asm.Out8(0x21, 0xff);
        Asm.Out8(0xa1, 0xff);
        s_targetApicId = LocalApic.Id;
        for (int line = 0; line < LineCount; line++)
        {
            WriteRedirection(line, Masked | (uint)(FirstVector + line));
        }
    }

    /// <summary>Lets a line interrupt by its level, from now on for the calling thread.</summary>
    public static void Enable(int line)
    {
        s_lines.Waiter[line] = (ulong)Asm.CurrentThread();
        WriteRedirection(line, (uint)(FirstVector + line) | LevelTriggered);
    }

    /// <summary>Waits until the line has interrupted. A P/Invoke's target: call <see cref="BlockingCalls.WaitForInterrupt"/>.</summary>
    internal static void Wait(int line)
    {
        while (Interlocked.Exchange(ref s_lines.Pending[line], 0) == 0)
        {
            Scheduler.Park(long.MaxValue);
        }
    }

    /// <summary>Unmasks a line whose device was served.</summary>
    public static void Complete(int line) => ChangeRedirection(line, ~Masked, 0);

    /// <summary>How often a line has interrupted: the one CPU that takes them.</summary>
    public static long CountOf(int line) => Volatile.Read(ref s_lines.Count[line]);

    /// <summary>How often a CPU was interrupted by its timer and by other CPUs, and forgot translations for those.</summary>
    public static void CountsOf(int processor, out long timer, out long requests, out long shootdowns)
    {
        PerCpu* cpu = Processors.Get(processor);
        timer = Volatile.Read(ref cpu->TimerInterrupts);
        requests = Volatile.Read(ref cpu->RequestInterrupts);
        shootdowns = Volatile.Read(ref cpu->Shootdowns);
    }

    /// <summary>In the interrupt: masks the line and wakes its thread.</summary>
    internal static void Handle(ulong vector)
    {
        int line = (int)vector - FirstVector;
        if (line is < 0 or >= LineCount)
        {
            return;
        }

        s_lines.Count[line]++;
        ChangeRedirection(line, ~0u, Masked);
        Volatile.Write(ref s_lines.Pending[line], 1);
        KernelThread* waiter = (KernelThread*)s_lines.Waiter[line];
        if (waiter != null)
        {
            Scheduler.Unpark(waiter, urgent: true);
        }
    }

    private static void WriteRedirection(int line, uint low) => ChangeRedirection(line, 0, low);

    private static void ChangeRedirection(int line, uint keep, uint set)
    {
        ulong flags = s_lock.Acquire(LockRank.InterruptLines);
        uint low = (s_lines.Redirection[line] & keep) | set;
        s_lines.Redirection[line] = low;
        WriteIoApic((uint)(0x11 + (line * 2)), s_targetApicId << 24);
        WriteIoApic((uint)(0x10 + (line * 2)), low);
        s_lock.Release(flags);
    }

    private static void WriteIoApic(uint register, uint value)
    {
        Volatile.Write(ref *(uint*)DirectMap.Pointer(IoApicAddress), register);
        Volatile.Write(ref *(uint*)DirectMap.Pointer(IoApicAddress + 0x10), value);
    }
}
