namespace Levitate.Floor;

/// <summary>Time from the time-stamp counter, calibrated once; the wall clock from the RTC.</summary>
public static unsafe class Clock
{
    private const uint PitHertz = 1_193_182;
    private const uint CalibrationTicks = PitHertz / 1000;
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
        ulong start = Asm.ReadTsc();
        uint pitTicks = WaitForPit();
        ulong end = Asm.ReadTsc();
        LocalApic.EndCalibration();
        if (hertz == 0)
        {
            hertz = pitTicks == 0 ? NanosecondsPerSecond : (long)((end - start) * PitHertz / pitTicks);
        }

        TscHertz = hertz;
        *(ulong*)LinkSymbols.ClockMultiplier() = (ulong)((NanosecondsPerSecond << 32) / hertz);
        LocalApic.SetRate(start, end);
        BootTimeNanoseconds = (RealTimeClock.ReadSeconds() * NanosecondsPerSecond) - Nanoseconds;
    }

    /// <summary>Lets a millisecond pass by the programmable interval timer's channel 2 (gate and output in port 0x61).</summary>
    /// <returns>The PIT's ticks that passed; 0 where there is no PIT.</returns>
    private static uint WaitForPit()
    {
        const ushort Gate = 0x61;
        const int Patience = 50_000_000;
        Asm.Out8(Gate, (byte)((Asm.In8(Gate) & ~3) | 1));
        Asm.Out8(0x43, 0xb0);
        Asm.Out8(0x42, (byte)(CalibrationTicks & 0xff));
        Asm.Out8(0x42, (byte)(CalibrationTicks >> 8));
        for (int spin = 0; spin < Patience; spin++)
        {
            byte value = Asm.In8(Gate);
            if (value == 0xff)
            {
                return 0;
            }

            if ((value & 0x20) != 0)
            {
                return CalibrationTicks;
            }
        }

        return 0;
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
