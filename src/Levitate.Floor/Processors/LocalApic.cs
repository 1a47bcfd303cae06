namespace Levitate.Floor;

/// <summary>A CPU's own interrupt controller and timer (Intel SDM volume 3, chapter 11).</summary>
internal static unsafe class LocalApic
{
    internal const byte TimerVector = 0xf0;

    /// <summary>What CPUs send each other; see <see cref="Processors.HandleInterrupt"/>.</summary>
    internal const byte AttentionVector = 0xf1;

    /// <summary>The delivery mode of a non-maskable interrupt.</summary>
    internal const uint NonMaskable = 4 << 8;

    internal const byte SpuriousVector = 0xff;
    private const ulong PhysicalAddress = 0xfee00000;
    private const uint LvtMasked = 1 << 16;
    private const uint CommandLow = 0x300;
    private const uint CommandHigh = 0x310;
    private const uint CommandPending = 1 << 12;
    private const uint CommandAssert = 1 << 14;
    private const uint CommandAllOthers = 3 << 18;
    private const uint ModeInit = 5 << 8;
    private const uint ModeStartup = 6 << 8;

    /// <summary>Timer ticks a nanosecond, times 2^32.</summary>
    private static ulong s_ticksPerNanosecond;

    /// <summary>Of the boot CPU, whose timer is to be calibrated yet.</summary>
    internal static void Initialize()
    {
        Write(0xf0, 0x100 | SpuriousVector);
        Write(0x80, 0);
        Write(0x3e0, 0xb);
        Write(0x320, LvtMasked | TimerVector);
        Write(0x350, LvtMasked);
        Write(0x360, LvtMasked);
    }

    /// <summary>Of another CPU: its timer runs at the boot CPU's rate.</summary>
    internal static void InitializeSecondary()
    {
        Initialize();
        Write(0x320, TimerVector);
    }

    /// <summary>Interrupts another CPU. Interrupts are off: the command is two registers.</summary>
    internal static void SendInterrupt(uint apicId, byte vector) => Send(apicId, CommandAssert | vector);

    /// <summary>Interrupts all CPUs but this one, by a delivery mode that needs no vector.</summary>
    internal static void SendToOthers(uint mode) => Send(0, CommandAllOthers | CommandAssert | mode);

    /// <summary>Resets another CPU, which then waits for <see cref="SendStartup"/>.</summary>
    internal static void SendInit(uint apicId) => Send(apicId, CommandAssert | ModeInit);

    /// <summary>Starts a CPU that was reset, in real mode at the beginning of a page below 1 MiB.</summary>
    internal static void SendStartup(uint apicId, ulong physicalAddress) => Send(apicId, CommandAssert | ModeStartup | (uint)(physicalAddress >> 12));

    private static void Send(uint apicId, uint command)
    {
        while ((Read(CommandLow) & CommandPending) != 0)
        {
            Asm.Pause();
        }

        Write(CommandHigh, apicId << 24);
        Write(CommandLow, command);
    }

    internal static void BeginCalibration() => Write(0x380, uint.MaxValue);

    /// <summary>What the timer has left to count.</summary>
    internal static uint CurrentCount => Read(0x390);

    /// <summary>Derives the timer's rate from the ticks of both clocks that passed during the calibration.</summary>
    internal static void SetRate(uint timerTicks, ulong tscTicks)
    {
        ulong nanoseconds = tscTicks * 1_000_000 / ((ulong)Clock.TscHertz / 1000);
        s_ticksPerNanosecond = nanoseconds == 0 || timerTicks == 0 ? 1UL << 32 : ((ulong)timerTicks << 32) / nanoseconds;
        Write(0x380, 0);
        Write(0x320, TimerVector);
    }

    /// <summary>Makes the timer fire once, in so many nanoseconds (at most about a second: it then fires early, and is set again).</summary>
    internal static void SetTimer(long nanoseconds)
    {
        const long Longest = 1_000_000_000;
        nanoseconds = nanoseconds < 1000 ? 1000 : nanoseconds > Longest ? Longest : nanoseconds;
        ulong ticks = ((ulong)nanoseconds * s_ticksPerNanosecond) >> 32;
        Write(0x380, ticks > uint.MaxValue ? uint.MaxValue : ticks == 0 ? 1 : (uint)ticks);
    }

    internal static void EndOfInterrupt() => Write(0xb0, 0);

    internal static uint Id => Read(0x20) >> 24;

    private static uint Read(uint register) => System.Threading.Volatile.Read(ref *Register(register));

    private static void Write(uint register, uint value) => System.Threading.Volatile.Write(ref *Register(register), value);

    private static uint* Register(uint register) => (uint*)DirectMap.Pointer(PhysicalAddress + register);
}
