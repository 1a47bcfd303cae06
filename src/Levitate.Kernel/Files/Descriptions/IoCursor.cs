using System;
using System.Runtime.CompilerServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Files;

/// <summary>A piece of user memory: struct iovec, checked.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct UserSegment(UserAddress Address, long Length);

/// <summary>
/// The other side of a read or write: user memory in one piece (read, pread64) or several (readv), or a buffer of the
/// kernel's own. It moves on as bytes are copied, so one implementation of Read and of Write serves all. A fault in user
/// memory stops it: the call's result is what was copied before, or EFAULT where that is nothing.
/// </summary>
public ref struct IoCursor
{
    /// <summary>Stands for <see cref="_length"/> where the other side is the kernel's.</summary>
    private const long NoUserMemory = -1;

    private readonly UserMemory _memory;

    /// <summary>Where what is left of the present piece of user memory begins.</summary>
    private ulong _address;

    /// <summary>Its bytes, at most <see cref="Remaining"/>.</summary>
    private long _length;

    /// <summary>The pieces after it.</summary>
    private ReadOnlySpan<UserSegment> _segments;
    private Span<byte> _buffer;

    /// <summary>User memory in one piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IoCursor(UserMemory memory, UserAddress address, long length)
    {
        _memory = memory;
        _address = address.Value;
        _length = length;
        Remaining = length;
    }

    /// <summary>User memory in several pieces.</summary>
    public IoCursor(UserMemory memory, ReadOnlySpan<UserSegment> segments)
    {
        _memory = memory;
        _segments = segments;
        foreach (UserSegment segment in segments)
        {
            Remaining += segment.Length;
        }
    }

    /// <summary>A buffer of the kernel's: a read fills it, a write takes from it.</summary>
    public IoCursor(Span<byte> buffer)
    {
        _length = NoUserMemory;
        _buffer = buffer;
        Remaining = buffer.Length;
    }

    /// <summary>For a write: whether it goes to the end of the file wherever it was to go (RWF_APPEND).</summary>
    public bool Appends { get; set; }

    /// <summary>Bytes still to be copied; none after a fault.</summary>
    public long Remaining { get; private set; }

    /// <summary>Bytes copied.</summary>
    public long Done { get; private set; }

    /// <summary>Whether user memory faulted: no more will be copied.</summary>
    public bool HasFaulted { get; private set; }

    /// <summary>Whether there is no more to do.</summary>
    public readonly bool IsFinished => Remaining == 0;

    /// <summary>What the call returns: the bytes copied, or EFAULT.</summary>
    public readonly Result<long> Result => Done == 0 && HasFaulted ? Errno.EFAULT : Done;

    /// <summary>Lets at most that many more bytes through.</summary>
    public void Limit(long count)
    {
        Remaining = Math.Min(Remaining, count);
        _length = Math.Min(_length, Remaining);
    }

    /// <summary>For a read: hands bytes over; returns how many, less than given where the cursor is finished.</summary>
    public int Put(scoped ReadOnlySpan<byte> bytes)
    {
        // At once where all lies in the present piece, and is there; what else comes of it is found out once more.
        if (bytes.Length <= _length && _memory.TryWriteAtOnce(new UserAddress(_address), bytes))
        {
            MoveOn(bytes.Length);
            return bytes.Length;
        }

        return PutParts(bytes);
    }

    /// <summary>For a read: hands zeros over; returns how many.</summary>
    public long PutZeros(long length)
    {
        long done = 0;
        while (done < length && NextPart(length - done) is > 0 and var count)
        {
            int copied = count;
            if (_length != NoUserMemory)
            {
                copied = (int)_memory.ClearPartial(new UserAddress(_address), count);
            }
            else
            {
                _buffer[..count].Clear();
                _buffer = _buffer[count..];
            }

            done += copied;
            Advance(copied, count);
        }

        return done;
    }

    /// <summary>For a write: takes bytes; returns how many, less than asked where the cursor is finished.</summary>
    public int Take(scoped Span<byte> bytes)
    {
        if (bytes.Length <= _length && _memory.TryReadAtOnce(new UserAddress(_address), bytes))
        {
            MoveOn(bytes.Length);
            return bytes.Length;
        }

        return TakeParts(bytes);
    }

    /// <summary>For a write: the last bytes that were taken could not be stored; they do not count, and the cursor ends there.</summary>
    public void GiveBack(int count)
    {
        Done -= count;
        Limit(0);
    }

    /// <summary>For a write to nowhere (/dev/null): takes all without looking at it, as Linux does.</summary>
    public void Skip()
    {
        Done += Remaining;
        Limit(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int PutParts(scoped ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length && NextPart(bytes.Length - done) is > 0 and var count)
        {
            int copied = count;
            ReadOnlySpan<byte> part = bytes.Slice(done, count);
            if (_length != NoUserMemory)
            {
                copied = _memory.WritePartial(new UserAddress(_address), part);
            }
            else
            {
                part.CopyTo(_buffer);
                _buffer = _buffer[count..];
            }

            done += copied;
            Advance(copied, count);
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int TakeParts(scoped Span<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length && NextPart(bytes.Length - done) is > 0 and var count)
        {
            int copied = count;
            Span<byte> part = bytes.Slice(done, count);
            if (_length != NoUserMemory)
            {
                copied = _memory.ReadPartial(new UserAddress(_address), part);
            }
            else
            {
                _buffer[..count].CopyTo(part);
                _buffer = _buffer[count..];
            }

            done += copied;
            Advance(copied, count);
        }

        return done;
    }

    private int NextPart(long wanted)
    {
        wanted = Math.Min(Math.Min(wanted, Remaining), int.MaxValue);
        if (_length == NoUserMemory || wanted == 0)
        {
            return (int)wanted;
        }

        while (_length == 0)
        {
            _address = _segments[0].Address.Value;
            _length = Math.Min(_segments[0].Length, Remaining);
            _segments = _segments[1..];
        }

        return (int)Math.Min(wanted, _length);
    }

    private void Advance(int copied, int wanted)
    {
        if (_length == NoUserMemory)
        {
            Done += copied;
            Remaining -= copied;
            return;
        }

        MoveOn(copied);
        if (copied < wanted)
        {
            HasFaulted = true;
            Limit(0);
        }
    }

    /// <summary>Moves on within the present piece of user memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MoveOn(int copied)
    {
        Done += copied;
        Remaining -= copied;
        _address += (ulong)copied;
        _length -= copied;
    }
}
