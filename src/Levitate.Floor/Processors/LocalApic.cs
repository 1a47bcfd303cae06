namespace Levitate.Floor;

/// <summary>A CPU's own interrupt controller and timer (Intel SDM volume 3, chapter 11).</summary>
internal static unsafe class LocalApic
{
    internal const byte TimerVector = 0xf0;
    internal const byte SpuriousVector = 0xff;
    private const ulong PhysicalAddress = 0xfee00000;
    private const uint LvtMasked = 1 << 16;

    /// <summary>Timer ticks a nanosecond, times 2^32.</summary>
    private static ulong s_ticksPerNanosecond;

    internal static void Initialize()
    {
        Write(0xf0, 0x100 | SpuriousVector);
        Write(0x80, 0);
        Write(0x3e0, 0xb);
        Write(0x320, LvtMasked | TimerVector);
        Write(0x350, LvtMasked);
        Write(0x360, LvtMasked);
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
