namespace Levitate.Floor;

/// <summary>Time from the time-stamp counter, calibrated once; the wall clock from the RTC.</summary>
public static unsafe class Clock
{
    private const uint PitHertz = 1_193_182;
    private const uint CalibrationTicks = PitHertz / 1000;
    private const ushort PitChannel0 = 0x40;
    private const ushort PitCommand = 0x43;
    private const byte PitCountDown = 0x30;
    private const byte PitLatch = 0;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since power-on; never goes back.</summary>
    public static long Nanoseconds => Asm.ClockNow();

    /// <summary>Nanoseconds from 1970-01-01 UTC to power-on.</summary>
    public static long BootTimeNanoseconds { get; private set; }

    /// <summary>The time-stamp counter's rate.</summary>
    public static long TscHertz { get; private set; }

    internal static void Initialize()
    {
        long hertz = KvmTscHertz();
        LocalApic.BeginCalibration();
        bool hasPit = TryMeasure(out ulong start, out ulong end, out uint pitTicks);
        LocalApic.EndCalibration();
        if (hertz == 0)
        {
            hertz = hasPit ? (long)((end - start) * PitHertz / pitTicks) : NanosecondsPerSecond;
        }

        TscHertz = hertz;
        *(ulong*)LinkSymbols.ClockMultiplier() = (ulong)((NanosecondsPerSecond << 32) / hertz);
        LocalApic.SetRate(start, end);
        BootTimeNanoseconds = (RealTimeClock.ReadSeconds() * NanosecondsPerSecond) - Nanoseconds;
    }

    /// <summary>Lets a millisecond pass by the programmable interval timer's channel 0, whose interrupt nobody hears.</summary>
    /// <param name="start">The time-stamp counter at one moment.</param>
    /// <param name="end">The same at a later moment.</param>
    /// <param name="pitTicks">The PIT's ticks from one moment to the other.</param>
    /// <returns>False where there is no PIT.</returns>
    private static bool TryMeasure(out ulong start, out ulong end, out uint pitTicks)
    {
        const int Patience = 100_000;
        end = 0;
        pitTicks = 0;

        // Count down once from the largest number, which lasts 55 ms. Where there is no PIT, the number stays what it is.
        Asm.Out8(PitCommand, PitCountDown);
        Asm.Out8(PitChannel0, 0xff);
        Asm.Out8(PitChannel0, 0xff);
        start = ReadBoth(out uint startCount);
        for (int spin = 0; spin < Patience; spin++)
        {
            if (startCount - ReadPit() >= CalibrationTicks)
            {
                end = ReadBoth(out uint endCount);
                pitTicks = startCount - endCount;
                return true;
            }
        }

        end = Asm.ReadTsc();
        return false;
    }

    /// <summary>
    /// The time-stamp counter at the moment of a PIT count. Of several attempts the one in the narrowest bracket counts:
    /// the others were held up (by the host that lets another run, or by an emulator that translates this code).
    /// </summary>
    private static ulong ReadBoth(out uint count)
    {
        const int Attempts = 8;
        ulong narrowest = ulong.MaxValue;
        ulong moment = 0;
        count = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            ulong before = Asm.ReadTsc();
            Asm.Out8(PitCommand, PitLatch);
            ulong width = Asm.ReadTsc() - before;
            uint latched = ReadLatched();
            if (width < narrowest)
            {
                narrowest = width;
                moment = before + (width / 2);
                count = latched;
            }
        }

        return moment;
    }

    private static uint ReadPit()
    {
        Asm.Out8(PitCommand, PitLatch);
        return ReadLatched();
    }

    private static uint ReadLatched()
    {
        uint low = Asm.In8(PitChannel0);
        return low | ((uint)Asm.In8(PitChannel0) << 8);
    }

    /// <summary>Under KVM the paravirtual clock's page says the counter's rate to the tick (Linux: Documentation/virt/kvm/x86/msr.rst).</summary>
    private static long KvmTscHertz()
    {
        const uint KvmSystemTimeNew = 0x4b564d01;
        const uint KvmVendor0 = 0x4b4d564b;
        uint* registers = stackalloc uint[4];
        Asm.Cpuid(0x40000000, 0, registers);
        if (registers[1] != KvmVendor0)
        {
            return 0;
        }

        Asm.Cpuid(0x40000001, 0, registers);
        if ((registers[0] & 8) == 0 || !FrameAllocator.TryAllocate(out uint frame))
        {
            return 0;
        }

        byte* page = DirectMap.FramePointer(frame);
        Asm.ClearPage(page);
        Asm.WriteMsr(KvmSystemTimeNew, ((ulong)frame << 12) | 1);
        uint multiplier = *(uint*)(page + 24);
        int shift = *(sbyte*)(page + 28);
        Asm.WriteMsr(KvmSystemTimeNew, 0);
        FrameAllocator.Release(frame);
        if (multiplier == 0)
        {
            return 0;
        }

        // ns = ((tsc << shift) * multiplier) >> 32, so one second's worth of ticks is:
        ulong ticks = ((ulong)NanosecondsPerSecond << 32) / multiplier;
        return (long)(shift < 0 ? ticks << -shift : ticks >> shift);
    }
}
