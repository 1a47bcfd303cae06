using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Devtmpfs;

/// <summary>The devices of major 1 that there are.</summary>
/// <remarks>Linux: null(4), full(4), random(4).</remarks>
internal enum MemoryDeviceKind
{
    Null = 3,
    Zero = 5,
    Full = 7,
    Random = 8,
    Urandom = 9,
}

/// <summary>A device of major 1.</summary>
internal sealed class MemoryDevice(MemoryDeviceKind kind) : ICharacterDevice
{
    /// <inheritdoc/>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => new MemoryDeviceDescription(kind, location, flags);
}

/// <summary>An open /dev/null, zero, full, random or urandom.</summary>
internal sealed class MemoryDeviceDescription(MemoryDeviceKind kind, Location location, OpenFlags flags) : FileDescription(location, flags, hasPosition: true)
{
    private const uint RNDGETENTCNT = 0x80045200;

    /// <summary>Bytes between two looks whether a signal is pending.</summary>
    private const int Portion = 65536;

    private bool IsRandom => kind is MemoryDeviceKind.Random or MemoryDeviceKind.Urandom;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (kind == MemoryDeviceKind.Null)
        {
            return 0;
        }

        if (IsRandom)
        {
            return ReadRandom(caller, ref cursor);
        }

        do
        {
            _ = cursor.PutZeros(Math.Min(cursor.Remaining, Portion));
        }
        while (!cursor.IsFinished && caller is not { HasPendingSignal: true });
        return cursor.Result;
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (kind == MemoryDeviceKind.Full)
        {
            return Errno.ENOSPC;
        }

        if (IsRandom)
        {
            return WriteRandom(caller, ref cursor);
        }

        cursor.Skip();
        return cursor.Result;
    }

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from) => IsRandom ? Position : 0;

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument) => (IsRandom, request) switch
    {
        (true, RNDGETENTCNT) => caller.Memory.Write(new UserAddress(argument), 256),
        (true, _) => Errno.EINVAL,
        _ => Errno.ENOTTY,
    };

    /// <inheritdoc/>
    public override Result<IMappableFile?> GetMappable() => kind == MemoryDeviceKind.Zero ? Result.Of<IMappableFile?>(null) : Errno.ENODEV;

    // The random devices' ways stand apart: their buffers would be cleared for the others, too.
    private Result<long> ReadRandom(UserThread? caller, ref IoCursor cursor)
    {
        Span<byte> random = stackalloc byte[256];
        while (!cursor.IsFinished)
        {
            Inode.FileSystem.Machine.FillRandom(random);
            _ = cursor.Put(random[..(int)Math.Min(random.Length, cursor.Remaining)]);
            if (caller is { HasPendingSignal: true })
            {
                break;
            }
        }

        random.Clear();
        return cursor.Result;
    }

    /// <summary>The machine's generator needs no help; the bytes are read because a bad pointer must be seen.</summary>
    private static Result<long> WriteRandom(UserThread? caller, ref IoCursor cursor)
    {
        Span<byte> ignored = stackalloc byte[256];
        while (!cursor.IsFinished && caller is not { HasPendingSignal: true })
        {
            _ = cursor.Take(ignored[..(int)Math.Min(ignored.Length, cursor.Remaining)]);
        }

        return cursor.Result;
    }
}
