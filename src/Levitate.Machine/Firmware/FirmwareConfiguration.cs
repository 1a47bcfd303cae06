using System;
using System.Buffers.Binary;
using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Platform;
using Levitate.Machine.Memory;

namespace Levitate.Machine.Firmware;

/// <summary>QEMU's fw_cfg device: named items from the host, read by DMA (docs/specs/fw_cfg in QEMU's documentation). The boot thread uses it alone.</summary>
internal sealed class FirmwareConfiguration
{
    private const ushort SelectorPort = 0x510;
    private const ushort DataPort = 0x511;
    private const ushort DmaPort = 0x514;
    private const ushort SignatureItem = 0x00;
    private const ushort FeaturesItem = 0x01;
    private const ushort DirectoryItem = 0x19;
    private const byte FeatureDma = 2;
    private const uint ControlError = 1;
    private const uint ControlRead = 2;
    private const uint ControlSelect = 8;
    private const int DirectoryEntryBytes = 64;
    private const int NameOffset = 8;

    /// <summary>More items than any machine has.</summary>
    private const uint MaximumEntries = 4096;

    private readonly Frames _access;

    /// <summary>The directory's entries: length (4 bytes, big-endian), selector (2), unused (2), name (56, NUL-padded).</summary>
    private byte[] _directory = [];

    private FirmwareConfiguration(Frames access) => _access = access;

    /// <summary>The device with its directory read; null where the machine has none.</summary>
    internal static FirmwareConfiguration? TryOpen()
    {
        PortIO.Out16(SelectorPort, SignatureItem);
        Span<byte> signature = stackalloc byte[4];
        ReadPort(signature);
        PortIO.Out16(SelectorPort, FeaturesItem);
        Span<byte> features = stackalloc byte[4];
        ReadPort(features);
        if (!signature.SequenceEqual("QEMU"u8) || (features[0] & FeatureDma) == 0 || !Frames.TryAllocate(16, out Frames access))
        {
            return null;
        }

        var configuration = new FirmwareConfiguration(access);
        configuration.ReadDirectory();
        return configuration;
    }

    /// <summary>An item's bytes; null where the host gave none of that name, or memory is short.</summary>
    internal byte[]? TryRead(ReadOnlySpan<byte> name)
    {
        if (!TryLoad(name, out Frames frames))
        {
            return null;
        }

        byte[] bytes = frames.Bytes.ToArray();
        frames.Release();
        return bytes;
    }

    /// <summary>An item in frames of its own; false where the host gave none of that name, or memory is short.</summary>
    internal bool TryReadArchive(ReadOnlySpan<byte> name, out ArchiveImage archive)
    {
        bool found = TryLoad(name, out Frames frames);
        archive = new ArchiveImage(new FrameNumber(frames.First), frames.Length);
        return found;
    }

    private static void ReadPort(Span<byte> destination)
    {
        for (int index = 0; index < destination.Length; index++)
        {
            destination[index] = PortIO.In8(DataPort);
        }
    }

    private bool TryLoad(ReadOnlySpan<byte> name, out Frames frames)
    {
        frames = default;
        ReadOnlySpan<byte> entry = Find(name);
        if (entry.IsEmpty)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(entry);
        if (length > int.MaxValue || !Frames.TryAllocate((int)length, out frames))
        {
            return false;
        }

        if (Transfer(BinaryPrimitives.ReadUInt16BigEndian(entry[4..]), frames))
        {
            return true;
        }

        frames.Release();
        return false;
    }

    private ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        for (ReadOnlySpan<byte> rest = _directory; !rest.IsEmpty; rest = rest[DirectoryEntryBytes..])
        {
            if (rest[NameOffset..DirectoryEntryBytes].TrimEnd((byte)0).SequenceEqual(name))
            {
                return rest[..DirectoryEntryBytes];
            }
        }

        return default;
    }

    private void ReadDirectory()
    {
        if (!Frames.TryAllocate(sizeof(uint), out Frames header))
        {
            return;
        }

        uint count = Transfer(DirectoryItem, header) ? BinaryPrimitives.ReadUInt32BigEndian(header.Bytes) : 0;
        header.Release();
        if (count is 0 or > MaximumEntries || !Frames.TryAllocate(sizeof(uint) + ((int)count * DirectoryEntryBytes), out Frames directory))
        {
            return;
        }

        if (Transfer(DirectoryItem, directory))
        {
            _directory = directory.Bytes[sizeof(uint)..].ToArray();
        }

        directory.Release();
    }

    /// <summary>Reads an item from its start into memory.</summary>
    private bool Transfer(ushort selector, Frames destination)
    {
        Span<byte> access = _access.Bytes;
        BinaryPrimitives.WriteUInt32BigEndian(access, ((uint)selector << 16) | ControlSelect | ControlRead);
        BinaryPrimitives.WriteUInt32BigEndian(access[4..], (uint)destination.Length);
        BinaryPrimitives.WriteUInt64BigEndian(access[8..], destination.PhysicalAddress);
        Interlocked.MemoryBarrier();
        PortIO.Out32(DmaPort, BinaryPrimitives.ReverseEndianness((uint)(_access.PhysicalAddress >> 32)));
        PortIO.Out32(DmaPort + 4, BinaryPrimitives.ReverseEndianness((uint)_access.PhysicalAddress));

        // QEMU has done it when the store to the port returns; another device may take its time.
        uint control;
        do
        {
            Interlocked.MemoryBarrier();
            control = BinaryPrimitives.ReadUInt32BigEndian(_access.Bytes);
        }
        while ((control & ~ControlError) != 0);

        return control == 0;
    }

    /// <summary>Neighbouring frames for a transfer.</summary>
    private readonly struct Frames(uint first, int length)
    {
        private static readonly HardwareFrames s_frames = new();

        internal uint First => first;

        internal int Length => length;

        internal ulong PhysicalAddress => (ulong)first << PageSize.Shift;

        internal Span<byte> Bytes => s_frames.ContiguousBytes(new FrameNumber(first), length);

        internal static bool TryAllocate(int length, out Frames frames)
        {
            bool found = DeviceMemory.TryAllocateFrames(length, out uint first);
            frames = new Frames(first, length);
            return found;
        }

        internal void Release()
        {
            for (int offset = 0; offset == 0 || offset < length; offset += PageSize.Bytes)
            {
                FrameAllocator.Release(first + (uint)(offset >> PageSize.Shift));
            }
        }
    }
}
