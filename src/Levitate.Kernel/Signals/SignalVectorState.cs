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
        // The processor neither writes nor reads the software bytes, so they are made in the state itself.
        Span<byte> state = thread.Context.VectorState;
        Span<byte> software = state.Slice(SoftwareBytesOffset, SoftwareBytesSize);
        software.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(software, Magic1);
        BinaryPrimitives.WriteUInt32LittleEndian(software[4..], (uint)(state.Length + TrailerSize));
        BinaryPrimitives.WriteUInt64LittleEndian(software[8..], thread.Context.VectorStateComponents);
        BinaryPrimitives.WriteUInt32LittleEndian(software[16..], (uint)state.Length);

        // Marked as present even when in its initial state: handlers change these and expect that to be restored.
        Span<byte> present = state.Slice(LegacySize, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(present, BinaryPrimitives.ReadUInt64LittleEndian(present) | LegacyComponents);
        Errno error = thread.Memory.Write(address, state);
        return error != Errno.None ? error : thread.Memory.Write(address + (ulong)state.Length, Magic2);
    }

    /// <summary>
    /// Reads a state back. What the hardware would fault on is refused: unknown components, a compacted or reserved
    /// header, reserved MXCSR bits. Without the magic words only the legacy part counts.
    /// </summary>
    /// <returns>False: the frame is bad, SIGSEGV; the state is a new program's.</returns>
    internal static bool Restore(UserThread thread, UserAddress address)
    {
        if (!address.IsNull && TryRead(thread, address, thread.Context.VectorState))
        {
            return true;
        }

        thread.Context.ResetVectorState();
        return address.IsNull;
    }

    /// <summary>Reads into the state itself: once it is there, nobody else changes it, and it is checked before the processor sees it.</summary>
    private static bool TryRead(UserThread thread, UserAddress address, Span<byte> state)
    {
        uint controlMask = BinaryPrimitives.ReadUInt32LittleEndian(state[ControlMaskOffset..]);
        if (thread.Memory.Read(address, state[..LegacySize]) != Errno.None)
        {
            return false;
        }

        Span<byte> extension = state[LegacySize..];
        if (!IsExtended(thread, address, state))
        {
            extension.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(extension, LegacyComponents);
        }
        else if (thread.Memory.Read(address + LegacySize, extension) != Errno.None || !IsHeaderValid(extension, thread.Context.VectorStateComponents))
        {
            return false;
        }

        uint control = BinaryPrimitives.ReadUInt32LittleEndian(state[ControlOffset..]);
        return (control & ~(controlMask == 0 ? DefaultControlMask : controlMask)) == 0;
    }

    private static bool IsExtended(UserThread thread, UserAddress address, ReadOnlySpan<byte> state)
    {
        ReadOnlySpan<byte> software = state.Slice(SoftwareBytesOffset, SoftwareBytesSize);
        return BinaryPrimitives.ReadUInt32LittleEndian(software) == Magic1
            && BinaryPrimitives.ReadUInt32LittleEndian(software[16..]) == (uint)state.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(software[4..]) == (uint)(state.Length + TrailerSize)
            && thread.Memory.Read<uint>(address + (ulong)state.Length).TryGet(out uint trailer, out _)
            && trailer == Magic2;
    }

    private static bool IsHeaderValid(ReadOnlySpan<byte> header, ulong components)
    {
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(header);
        return (present & ~components) == 0 && !header[sizeof(ulong)..HeaderSize].ContainsAnyExcept((byte)0);
    }
}
