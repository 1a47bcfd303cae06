using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Platform;
using Xunit.Sdk;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// Physical memory in an array. Every misuse that would corrupt a real machine (releasing a free frame, touching the
/// bytes of one) throws; fresh and freed frames hold garbage, so that nobody relies on zeros they did not ask for.
/// </summary>
public sealed class SimulatedFrames : IFrameAllocator
{
    private const uint FirstFrame = 0x100;
    private const byte FreshGarbage = 0xA5;
    private const byte FreedGarbage = 0xDD;

    [ThreadStatic]
    private static bool t_usesReserve;

    /// <summary>Guards the fields below; a leaf lock.</summary>
    private readonly Lock _lock = new();
    private readonly byte[] _memory;
    private readonly int[] _counts;
    private readonly Stack<uint> _free;
    private uint _untouched;
    private long _cached;

    /// <summary>A memory of <paramref name="totalFrames"/> frames, all free.</summary>
    public SimulatedFrames(int totalFrames)
    {
        _memory = GC.AllocateUninitializedArray<byte>(totalFrames * PageSize.Bytes);
        _counts = new int[totalFrames];
        _free = new Stack<uint>();
    }

    /// <inheritdoc/>
    public long TotalFrames => _counts.Length;

    /// <inheritdoc/>
    public long FreeFrames
    {
        get
        {
            lock (_lock)
            {
                return _free.Count + (_counts.Length - _untouched);
            }
        }
    }

    /// <inheritdoc/>
    public long KernelFrames => 0;

    /// <inheritdoc/>
    public long TableFrames { get; set; }

    /// <inheritdoc/>
    public long CachedFrames => Volatile.Read(ref _cached);

    /// <inheritdoc/>
    public void CountCached(int change)
    {
        if (Interlocked.Add(ref _cached, change) < 0)
        {
            throw new XunitException("more pages left caches than came");
        }
    }

    /// <inheritdoc/>
    public long Reserve { get; set; }

    /// <inheritdoc/>
    public void UseReserve(bool isAllowed) => t_usesReserve = isAllowed;

    /// <summary>Fails every allocation after this many more have succeeded; negative: never. For sweeps over all points of failure.</summary>
    public int FailAfter { get; set; } = -1;

    /// <summary>Where threads are held up; null: nowhere.</summary>
    public Disturbance? Disturbance { get; set; }

    /// <inheritdoc/>
    public bool TryAllocate(out FrameNumber frame) => TryAllocate(FreshGarbage, out frame);

    /// <inheritdoc/>
    public bool TryAllocateZeroed(out FrameNumber frame) => TryAllocate(0, out frame);

    /// <inheritdoc/>
    public void AddReference(FrameNumber frame)
    {
        Disturbance?.Point();
        AddReferenceAtOnce(frame);
    }

    /// <summary>The same, for who holds a lock of the simulation's own, which other threads would wait for in vain.</summary>
    internal void AddReferenceAtOnce(FrameNumber frame)
    {
        lock (_lock)
        {
            _counts[LiveIndex(frame)]++;
        }
    }

    /// <inheritdoc/>
    public void Release(FrameNumber frame)
    {
        Disturbance?.Point();
        ReleaseAtOnce(frame);
    }

    /// <inheritdoc cref="AddReferenceAtOnce"/>
    internal void ReleaseAtOnce(FrameNumber frame)
    {
        lock (_lock)
        {
            int index = LiveIndex(frame);
            if (--_counts[index] == 0)
            {
                Content(index).Fill(FreedGarbage);
                _free.Push((uint)index);
            }
        }
    }

    /// <inheritdoc/>
    public void Release(ReadOnlySpan<FrameNumber> frames)
    {
        foreach (FrameNumber frame in frames)
        {
            Release(frame);
        }
    }

    /// <inheritdoc/>
    public int ReferenceCount(FrameNumber frame)
    {
        lock (_lock)
        {
            return _counts[Index(frame)];
        }
    }

    /// <inheritdoc/>
    public Span<byte> Bytes(FrameNumber frame)
    {
        lock (_lock)
        {
            return Content(LiveIndex(frame));
        }
    }

    /// <inheritdoc/>
    public Span<byte> ContiguousBytes(FrameNumber first, int length) => _memory.AsSpan(Index(first) * PageSize.Bytes, length);

    /// <summary>Takes neighbouring frames, as the boot loader does for an archive; each has a count of 1.</summary>
    public FrameNumber AllocateContiguous(int count)
    {
        lock (_lock)
        {
            if (_untouched + count > _counts.Length)
            {
                throw new InvalidOperationException("the simulated memory is too small for that");
            }

            uint first = _untouched;
            _untouched += (uint)count;
            _counts.AsSpan((int)first, count).Fill(1);
            return new FrameNumber(first + FirstFrame);
        }
    }

    /// <summary>Fails the test when a frame is still referenced.</summary>
    public void AssertAllFree()
    {
        lock (_lock)
        {
            var leaked = new List<string>();
            for (int i = 0; i < _counts.Length; i++)
            {
                if (_counts[i] != 0)
                {
                    leaked.Add($"{i + FirstFrame}:{_counts[i]}");
                }
            }

            if (leaked.Count != 0)
            {
                throw new XunitException($"{leaked.Count} frames leaked (frame:count): {string.Join(' ', leaked.GetRange(0, Math.Min(leaked.Count, 20)))}");
            }
        }
    }

    private bool TryAllocate(byte content, out FrameNumber frame)
    {
        lock (_lock)
        {
            frame = default;
            long kept = t_usesReserve ? Reserve / 2 : Reserve;
            if (FailAfter == 0 || (kept > 0 && _free.Count + (_counts.Length - _untouched) <= kept))
            {
                return false;
            }

            if (!_free.TryPop(out uint index))
            {
                if (_untouched == _counts.Length)
                {
                    return false;
                }

                index = _untouched++;
            }

            if (FailAfter > 0)
            {
                FailAfter--;
            }

            _counts[index] = 1;
            Content((int)index).Fill(content);
            frame = new FrameNumber(index + FirstFrame);
            return true;
        }
    }

    private int Index(FrameNumber frame) =>
        frame.Value >= FirstFrame && frame.Value - FirstFrame < _counts.Length
            ? (int)(frame.Value - FirstFrame)
            : throw new InvalidOperationException($"there is no frame {frame.Value}");

    private int LiveIndex(FrameNumber frame)
    {
        int index = Index(frame);
        return _counts[index] > 0 ? index : throw new InvalidOperationException($"frame {frame.Value} is free");
    }

    private Span<byte> Content(int index) => _memory.AsSpan(index * PageSize.Bytes, PageSize.Bytes);
}
