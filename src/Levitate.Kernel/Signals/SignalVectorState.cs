using System;
using System.Buffers.Binary;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Signals;

/// <summary>The vector state in a signal frame: the hardware's XSAVE format, marked in its software bytes.</summary>
/// <remarks>Linux: uapi/asm/sigcontext.h, struct _fpx_sw_bytes.</remarks>
internal static class SignalVectorState
{
    /// <summary>Bytes behind the state: the second magic word.</summary>
    internal const int TrailerSize = 4;

    private const int LegacySize = 512;
    private const int HeaderSize = 64;
    private const int SoftwareBytesOffset = 464;
    private const int SoftwareBytesSize = 48;
    private const int ControlOffset = 24;
    private const int ControlMaskOffset = 28;
    private const uint Magic1 = 0x4650_5853;
    private const uint Magic2 = 0x4650_5845;
    private const uint DefaultControlMask = 0xffbf;
    private const ulong LegacyComponents = 3;

    /// <summary>Writes the thread's state to user memory; EFAULT.</summary>
    internal static Errno Save(UserThread thread, UserAddress address)
    {
        Span<byte> state = thread.Context.VectorState;
        Errno error = thread.Memory.Write(address, state);
        if (error != Errno.None)
        {
            return error;
        }

        Span<byte> software = stackalloc byte[SoftwareBytesSize];
        software.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(software, Magic1);
        BinaryPrimitives.WriteUInt32LittleEndian(software[4..], (uint)(state.Length + TrailerSize));
        BinaryPrimitives.WriteUInt64LittleEndian(software[8..], thread.Context.VectorStateComponents);
        BinaryPrimitives.WriteUInt32LittleEndian(software[16..], (uint)state.Length);
        error = thread.Memory.Write(address + SoftwareBytesOffset, software);
        if (error != Errno.None)
        {
            return error;
        }

        // Marked as present even when in its initial state: handlers change these and expect that to be restored.
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(state[LegacySize..]) | LegacyComponents;
        error = thread.Memory.Write(address + LegacySize, present);
        return error != Errno.None ? error : thread.Memory.Write(address + (ulong)state.Length, Magic2);
    }

    /// <summary>
    /// Reads a state back. What the hardware would fault on is refused: unknown components, a compacted or reserved
    /// header, reserved MXCSR bits. Without the magic words only the legacy part counts.
    /// </summary>
    /// <returns>False: the frame is bad, SIGSEGV.</returns>
    internal static bool Restore(UserThread thread, UserAddress address)
    {
        if (address.IsNull)
        {
            thread.Context.ResetVectorState();
            return true;
        }

        Span<byte> state = thread.Context.VectorState;
        int size = state.Length;
        Span<byte> image = size <= 4096 ? stackalloc byte[size] : new byte[size];
        if (thread.Memory.Read(address, image[..LegacySize]) != Errno.None)
        {
            return false;
        }

        bool isExtended = IsExtended(thread, address, image, size);
        if (isExtended && (thread.Memory.Read(address + LegacySize, image[LegacySize..]) != Errno.None || !IsHeaderValid(image, thread.Context.VectorStateComponents)))
        {
            return false;
        }

        if (!IsControlValid(image, state))
        {
            return false;
        }

        image.Slice(SoftwareBytesOffset, SoftwareBytesSize).Clear();
        if (isExtended)
        {
            image.CopyTo(state);
            return true;
        }

        thread.Context.ResetVectorState();
        state = thread.Context.VectorState;
        image[..LegacySize].CopyTo(state);
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(state[LegacySize..]);
        BinaryPrimitives.WriteUInt64LittleEndian(state[LegacySize..], present | LegacyComponents);
        return true;
    }

    private static bool IsExtended(UserThread thread, UserAddress address, ReadOnlySpan<byte> legacy, int size)
    {
        ReadOnlySpan<byte> software = legacy[SoftwareBytesOffset..];
        return BinaryPrimitives.ReadUInt32LittleEndian(software) == Magic1
            && BinaryPrimitives.ReadUInt32LittleEndian(software[16..]) == (uint)size
            && BinaryPrimitives.ReadUInt32LittleEndian(software[4..]) == (uint)(size + TrailerSize)
            && thread.Memory.Read<uint>(address + (ulong)size).TryGet(out uint trailer, out _)
            && trailer == Magic2;
    }

    private static bool IsHeaderValid(ReadOnlySpan<byte> image, ulong components)
    {
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(image[LegacySize..]);
        return (present & ~components) == 0 && !image.Slice(LegacySize + 8, HeaderSize - 8).ContainsAnyExcept((byte)0);
    }

    private static bool IsControlValid(ReadOnlySpan<byte> image, ReadOnlySpan<byte> state)
    {
        uint mask = BinaryPrimitives.ReadUInt32LittleEndian(state[ControlMaskOffset..]);
        uint control = BinaryPrimitives.ReadUInt32LittleEndian(image[ControlOffset..]);
        return (control & ~(mask == 0 ? DefaultControlMask : mask)) == 0;
    }
}
