using System;

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
    private const int MomentAttempts = 8;
    private const int MaximumMeasurements = 100;

    /// <summary>Nanoseconds since power-on; never goes back.</summary>
    public static long Nanoseconds => Asm.ClockNow();

    /// <summary>Nanoseconds from 1970-01-01 UTC to power-on.</summary>
    public static long BootTimeNanoseconds { get; private set; }

    /// <summary>The time-stamp counter's rate.</summary>
    public static long TscHertz { get; private set; }

    /// <summary>Nanoseconds a tick of the time-stamp counter, times 2^32: what <see cref="Nanoseconds"/> goes by, on every CPU.</summary>
    public static ulong Multiplier => *(ulong*)LinkSymbols.ClockMultiplier();

    /// <summary>The time of a reading of the time-stamp counter, in nanoseconds since power-on.</summary>
    public static long ToNanoseconds(ulong ticks)
    {
        ulong high = Math.BigMul(ticks, Multiplier, out ulong low);
        return (long)((high << 32) | (low >> 32));
    }

    /// <summary>The shared library that reads this clock in user mode.</summary>
    public static byte* UserLibrary(out int length)
    {
        length = (int)(LinkSymbols.VdsoEnd() - LinkSymbols.Vdso());
        return LinkSymbols.Vdso();
    }

    internal static void Initialize()
    {
        long hertz = KvmTscHertz();
        Measurement measurement = default;
        LocalApic.BeginCalibration();
        for (int attempt = 0; attempt < MaximumMeasurements && !TryMeasure(&measurement); attempt++)
        {
        }

        if (hertz == 0)
        {
            hertz = measurement.PitTicks == 0 ? NanosecondsPerSecond : (long)(measurement.TscTicks * PitHertz / measurement.PitTicks);
        }

        TscHertz = hertz;
        *(ulong*)LinkSymbols.ClockMultiplier() = (ulong)((NanosecondsPerSecond << 32) / hertz);
        LocalApic.SetRate(measurement.ApicTicks, measurement.ApicTscTicks);
        BootTimeNanoseconds = (RealTimeClock.ReadSeconds() * NanosecondsPerSecond) - Nanoseconds;
    }

    /// <summary>What passed between two moments, on three clocks.</summary>
    private struct Measurement
    {
        internal ulong TscTicks;
        internal uint PitTicks;
        internal ulong ApicTscTicks;
        internal uint ApicTicks;
    }

    /// <summary>
    /// Lets a millisecond pass by the programmable interval timer's channel 0, whose interrupt nobody hears, or longer:
    /// until the moments at both ends are known well enough. A host that is busy with others can stop this processor at
    /// any instruction, for longer than the PIT can count.
    /// </summary>
    /// <returns>False where the PIT counted to its end (55 ms) before both were known; where there is no PIT the measurement says 0 ticks of it.</returns>
    private static bool TryMeasure(Measurement* measurement)
    {
        const int Patience = 100_000;

        // The brackets of both moments together are at most this part of the time between them: an error of 0.25 %.
        const ulong Precision = 200;
        Asm.Out8(PitCommand, PitCountDown);
        Asm.Out8(PitChannel0, 0xff);
        Asm.Out8(PitChannel0, 0xff);
        ulong start = ReadPitMoment(out uint startCount, out ulong startWidth);
        ulong apicStart = ReadApicMoment(out uint apicStartCount, out ulong apicStartWidth);
        for (int spin = 0; spin < Patience; spin++)
        {
            if (((startCount - ReadPit()) & 0xffff) < CalibrationTicks)
            {
                continue;
            }

            ulong end = ReadPitMoment(out uint endCount, out ulong endWidth);
            ulong apicEnd = ReadApicMoment(out uint apicEndCount, out ulong apicEndWidth);
            if (HasPitEnded())
            {
                return false;
            }

            measurement->TscTicks = end - start;
            measurement->PitTicks = startCount - endCount;
            measurement->ApicTscTicks = apicEnd - apicStart;
            measurement->ApicTicks = apicStartCount - apicEndCount;
            if ((startWidth + endWidth) * Precision < end - start && (apicStartWidth + apicEndWidth) * Precision < apicEnd - apicStart)
            {
                return true;
            }
        }

        // Without a PIT the time-stamp counter's rate is a guess, but the timer's is still known in its terms.
        measurement->ApicTscTicks = ReadApicMoment(out uint lastCount, out _) - apicStart;
        measurement->ApicTicks = apicStartCount - lastCount;
        return true;
    }

    /// <summary>
    /// The time-stamp counter at the moment of a PIT count. Of several attempts the one in the narrowest bracket counts:
    /// the others were held up (by the host that lets another run, or by an emulator that translates this code).
    /// </summary>
    private static ulong ReadPitMoment(out uint count, out ulong narrowest)
    {
        narrowest = ulong.MaxValue;
        ulong moment = 0;
        count = 0;
        for (int attempt = 0; attempt < MomentAttempts; attempt++)
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

    /// <summary>The same for the count of this CPU's timer.</summary>
    private static ulong ReadApicMoment(out uint count, out ulong narrowest)
    {
        narrowest = ulong.MaxValue;
        ulong moment = 0;
        count = 0;
        for (int attempt = 0; attempt < MomentAttempts; attempt++)
        {
            ulong before = Asm.ReadTsc();
            uint current = LocalApic.CurrentCount;
            ulong width = Asm.ReadTsc() - before;
            if (width < narrowest)
            {
                narrowest = width;
                moment = before + (width / 2);
                count = current;
            }
        }

        return moment;
    }

    /// <summary>Whether channel 0 has reached zero: its output, by the read-back command (Intel 8254 data sheet).</summary>
    private static bool HasPitEnded()
    {
        const byte ReadBackStatusOfChannel0 = 0xe2;
        const byte Output = 0x80;
        Asm.Out8(PitCommand, ReadBackStatusOfChannel0);
        return (Asm.In8(PitChannel0) & Output) != 0;
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
