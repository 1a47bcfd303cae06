using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Machine.Virtio;

namespace Levitate.Machine.Entropy;

/// <summary>
/// The machine's random bytes: a generator seeded from the processor, the host's entropy device and the clocks, whichever
/// there are, and seeded again as time goes by.
/// </summary>
public sealed class HardwareRandom
{
    private const int SeedWords = 8;
    private const int DeviceBytes = 64;
    private const int ClockSamples = 64;
    private static readonly long s_reseedTicks = 60 * Stopwatch.Frequency;
    private static readonly TimeSpan s_longestDeviceWait = TimeSpan.FromMilliseconds(100);

    private readonly RandomGenerator _generator = new();
    private readonly Func<ulong> _processor;
    private readonly EntropyDevice? _device;

    /// <summary>Guards the fields below and the device. Order: before the generator's lock. Never held while blocking.</summary>
    private readonly Lock _reseedLock = new();
    private long _nextReseed;

    /// <summary>A seeded generator.</summary>
    /// <param name="processor">The processor's contribution.</param>
    /// <param name="isProcessorGood">Whether that alone is a good seed; else it is no more than jitter.</param>
    /// <param name="device">The host's.</param>
    /// <param name="bootTime">Anything that differs from one boot to the next.</param>
    public HardwareRandom(Func<ulong> processor, bool isProcessorGood, EntropyDevice? device, long bootTime)
    {
        _processor = processor;
        _device = device;
        _generator.Mix(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(ref bootTime)));
        lock (_reseedLock)
        {
            MixProcessor();
            bool isGood = MixDevice() || isProcessorGood;
            long start = Stopwatch.GetTimestamp();
            while (!isGood && _device is not null && Stopwatch.GetElapsedTime(start) < s_longestDeviceWait)
            {
                // Without the processor's help the first seed is worth waiting for the host's, which takes it a moment.
                Thread.Sleep(1);
                isGood = MixDevice();
            }

            MixClock();
            _nextReseed = Stopwatch.GetTimestamp() + s_reseedTicks;
        }
    }

    /// <summary>Fills with random bytes; never blocks.</summary>
    public void Fill(Span<byte> destination)
    {
        if (Stopwatch.GetTimestamp() >= Volatile.Read(ref _nextReseed) && _reseedLock.TryEnter())
        {
            try
            {
                MixProcessor();
                MixDevice();
                MixClock();
                Volatile.Write(ref _nextReseed, Stopwatch.GetTimestamp() + s_reseedTicks);
            }
            finally
            {
                _reseedLock.Exit();
            }
        }

        _generator.Fill(destination);
    }

    private void MixProcessor()
    {
        Span<ulong> words = stackalloc ulong[SeedWords];
        for (int index = 0; index < words.Length; index++)
        {
            words[index] = _processor();
        }

        _generator.Mix(MemoryMarshal.AsBytes(words));
        words.Clear();
    }

    private bool MixDevice()
    {
        Span<byte> bytes = stackalloc byte[DeviceBytes];
        int count = _device?.TryRead(bytes) ?? 0;
        _generator.Mix(bytes[..count]);
        bytes.Clear();
        return count >= ChaCha20.KeyBytes;
    }

    /// <summary>The time, and how long the same piece of work takes again and again: little entropy, but never none.</summary>
    private void MixClock()
    {
        Span<long> samples = stackalloc long[ClockSamples];
        Span<byte> block = stackalloc byte[ChaCha20.BlockBytes];
        for (int index = 0; index < samples.Length; index++)
        {
            if (index % 8 == 0)
            {
                _generator.Fill(block);
            }

            samples[index] = Stopwatch.GetTimestamp();
        }

        _generator.Mix(MemoryMarshal.AsBytes(samples));
    }
}
