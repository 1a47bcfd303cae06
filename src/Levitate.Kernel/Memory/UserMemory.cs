using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

/// <summary>
/// User memory of the calling thread's address space as system calls use it: every range is checked, faults are
/// resolved and the copy goes on. What is not user memory is EFAULT; so is, as on Linux, a page past the end of a mapped
/// file. No lock may be held that a page fault or a file system takes.
/// </summary>
/// <remarks>
/// Where there is no frame for a page, nobody may be waited for: locks are held. So the page's frame comes out of the
/// kernel's reserve, and the thread makes room on its way back to user mode. Only when it has taken all that one may have, as
/// it may sleep before that, or the reserve, too, is used up, the copy ends there.
/// </remarks>
public readonly struct UserMemory(AddressSpace space)
{
    /// <summary>Linux's PATH_MAX, the NUL included.</summary>
    private const int MaximumPath = 4096;

    /// <summary>Copies in.</summary>
    public Errno Read(UserAddress source, Span<byte> destination) =>
        ReadPartial(source, destination) == destination.Length ? Errno.None : Errno.EFAULT;

    /// <summary>Copies out. Where it fails midway, the first bytes were written.</summary>
    public Errno Write(UserAddress destination, ReadOnlySpan<byte> source) =>
        WritePartial(destination, source) == source.Length ? Errno.None : Errno.EFAULT;

    /// <summary>Copies in as far as memory is there; returns the count (partial reads and writes of Linux).</summary>
    public int ReadPartial(UserAddress source, Span<byte> destination)
    {
        // The copier checks the range itself, so only where not all was copied there is more to look at.
        int done = space.Copier.CopyFromUser(destination, source);
        return done == destination.Length ? done : ReadRest(source, destination, done);
    }

    /// <summary>Copies out as far as memory is there; returns the count.</summary>
    public int WritePartial(UserAddress destination, ReadOnlySpan<byte> source)
    {
        int done = space.Copier.CopyToUser(destination, source);
        return done == source.Length ? done : WriteRest(destination, source, done);
    }

    /// <summary>Copies in where all of it is there; else false, and bytes may have been copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReadAtOnce(UserAddress source, Span<byte> destination) => space.Copier.CopyFromUser(destination, source) == destination.Length;

    /// <summary>Copies out where all of it is there; else false, and bytes may have been copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryWriteAtOnce(UserAddress destination, ReadOnlySpan<byte> source) => space.Copier.CopyToUser(destination, source) == source.Length;

    /// <summary>Stores zeros as far as memory is there; returns the count.</summary>
    public long ClearPartial(UserAddress destination, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        const int Stride = 1 << 20;
        long done = 0;
        if (length <= Stride)
        {
            done = space.Copier.ClearUser(destination, (int)length);
            if (done == length || (UserLayout.IsUserRange(destination.Value, (ulong)length) && !Resolve(destination + (ulong)done, PageAccess.Write)))
            {
                return done;
            }
        }

        while (done < length)
        {
            UserAddress address = destination + (ulong)done;
            int wanted = UserBytes(address, (int)Math.Min(length - done, Stride));
            int cleared = wanted == 0 ? 0 : space.Copier.ClearUser(address, wanted);
            done += cleared;
            if (wanted == 0 || (cleared < wanted && !Resolve(address + (ulong)cleared, PageAccess.Write)))
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Reads a structure (blittable, sequential layout).</summary>
    public Result<T> Read<T>(UserAddress source)
        where T : unmanaged
    {
        T value = default;
        Errno error = Read(source, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return error == Errno.None ? value : error;
    }

    /// <summary>Writes a structure (blittable, sequential layout).</summary>
    public Errno Write<T>(UserAddress destination, in T value)
        where T : unmanaged => Write(destination, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Reads a NUL-terminated string without its NUL; <paramref name="tooLong"/> where there is no NUL in <paramref name="maximumLength"/> bytes.</summary>
    public Result<byte[]> ReadString(UserAddress source, int maximumLength, Errno tooLong)
    {
        Span<byte> buffer = stackalloc byte[256];
        byte[] text = [];
        while (text.Length < maximumLength)
        {
            // Up to the end of the page: what follows need not be there when the string ends before.
            UserAddress position = source + (ulong)text.Length;
            int wanted = Math.Min(Math.Min(buffer.Length, maximumLength - text.Length), PageSize.Bytes - position.PageOffset);
            if (ReadPartial(position, buffer[..wanted]) != wanted)
            {
                return Errno.EFAULT;
            }

            int end = buffer[..wanted].IndexOf((byte)0);
            int used = text.Length;
            Array.Resize(ref text, used + (end >= 0 ? end : wanted));
            buffer[..(text.Length - used)].CopyTo(text.AsSpan(used));
            if (end >= 0)
            {
                return text;
            }
        }

        return tooLong;
    }

    /// <summary>A path: ENAMETOOLONG from 4096 bytes on.</summary>
    public Result<byte[]> ReadPath(UserAddress source) => ReadString(source, MaximumPath, Errno.ENAMETOOLONG);

    /// <summary>A path likewise, which allocates nothing where it fits the caller's buffer.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="buffer">Of any length but 0.</param>
    /// <param name="path">The path, in the buffer or apart.</param>
    public Errno ReadPath(UserAddress source, Span<byte> buffer, out ReadOnlySpan<byte> path)
    {
        int wanted = Math.Min(Math.Min(buffer.Length, MaximumPath), PageSize.Bytes - source.PageOffset);
        int end = ReadPartial(source, buffer[..wanted]) == wanted ? buffer[..wanted].IndexOf((byte)0) : -1;
        if (end >= 0)
        {
            path = buffer[..end];
            return Errno.None;
        }

        // It is longer, or reaches into the next page.
        bool isThere = ReadPath(source).TryGet(out byte[]? bytes, out Errno error);
        path = isThere ? bytes : default;
        return error;
    }

    /// <summary>Atomically loads a 32-bit word (futex): EINVAL where it is not aligned, EFAULT.</summary>
    public Result<uint> Load(UserAddress address)
    {
        Errno error = CheckWord(address);
        while (error == Errno.None)
        {
            if (space.Copier.TryLoad(address, out uint value))
            {
                return value;
            }

            error = Resolve(address, PageAccess.Read) ? Errno.None : Errno.EFAULT;
        }

        return error;
    }

    /// <summary>Atomically compares and exchanges a 32-bit word, and returns what was there: EINVAL where it is not aligned, EFAULT.</summary>
    public Result<uint> CompareExchange(UserAddress address, uint expected, uint replacement)
    {
        Errno error = CheckWord(address);
        while (error == Errno.None)
        {
            if (space.Copier.TryCompareExchange(address, expected, replacement, out uint previous))
            {
                return previous;
            }

            error = Resolve(address, PageAccess.Write) ? Errno.None : Errno.EFAULT;
        }

        return error;
    }

    private static Errno CheckWord(UserAddress address)
    {
        if (address.Value % sizeof(uint) != 0)
        {
            return Errno.EINVAL;
        }

        return UserLayout.IsUserRange(address.Value, sizeof(uint)) ? Errno.None : Errno.EFAULT;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ReadRest(UserAddress source, Span<byte> destination, int done)
    {
        destination = destination[..UserBytes(source, destination.Length)];
        while (done < destination.Length && Resolve(source + (ulong)done, PageAccess.Read))
        {
            done += space.Copier.CopyFromUser(destination[done..], source + (ulong)done);
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int WriteRest(UserAddress destination, ReadOnlySpan<byte> source, int done)
    {
        source = source[..UserBytes(destination, source.Length)];
        while (done < source.Length && Resolve(destination + (ulong)done, PageAccess.Write))
        {
            done += space.Copier.CopyToUser(destination + (ulong)done, source[done..]);
        }

        return done;
    }

    /// <summary>Makes a page accessible; false: there is none.</summary>
    internal bool Resolve(UserAddress address, PageAccess access)
    {
        FaultResolution resolution = space.HandleFault(address, access);
        return resolution == FaultResolution.Resolved
            || (resolution == FaultResolution.OutOfMemory && ResolveFromReserve(address, access));
    }

    private bool ResolveFromReserve(UserAddress address, PageAccess access)
    {
        // Only a user thread comes by where room is made.
        if (UserThread.Current is not { } borrower || !borrower.TryBorrowFrame())
        {
            return false;
        }

        IFrameAllocator frames = borrower.Kernel.Machine.Frames;
        frames.UseReserve(true);
        try
        {
            return space.HandleFault(address, access) == FaultResolution.Resolved;
        }
        finally
        {
            frames.UseReserve(false);
        }
    }

    /// <summary>How many of the bytes from an address on lie before the first that can never be user memory.</summary>
    private static int UserBytes(UserAddress address, int length)
    {
        if (!UserLayout.IsUserRange(address.Value, 1))
        {
            return 0;
        }

        ulong end = address.Value < UserLayout.KernelWindowStart ? UserLayout.KernelWindowStart : UserLayout.End;
        return (int)Math.Min((ulong)length, end - address.Value);
    }
}
