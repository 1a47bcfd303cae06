using System.Runtime.InteropServices;

namespace Levitate.Kernel.Abi;

/// <summary>struct stat of x86-64 (asm/stat.h), 144 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileStatus
{
    public ulong Device;
    public ulong Number;
    public ulong LinkCount;
    public uint Mode;
    public uint UserId;
    public uint GroupId;
    public uint Padding;
    public ulong DeviceIdentity;
    public long Size;
    public long BlockSize;
    public long Blocks;
    public FileTime AccessTime;
    public FileTime ModificationTime;
    public FileTime ChangeTime;
    public long Reserved0;
    public long Reserved1;
    public long Reserved2;
}

/// <summary>struct timespec: a time since 1970.</summary>
/// <param name="Seconds">Whole seconds.</param>
/// <param name="Nanoseconds">The rest.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FileTime(long Seconds, long Nanoseconds)
{
    private const long PerSecond = 1_000_000_000;

    /// <summary>A time from nanoseconds since 1970.</summary>
    public static FileTime FromNanoseconds(long value)
    {
        (long seconds, long rest) = long.DivRem(value, PerSecond);
        return rest < 0 ? new FileTime(seconds - 1, rest + PerSecond) : new FileTime(seconds, rest);
    }

    /// <summary>Nanoseconds since 1970, clamped to what 64 bits hold (1677 to 2262).</summary>
    public long ToNanoseconds()
    {
        const long Limit = (long.MaxValue / PerSecond) - 1;
        return (long.Clamp(Seconds, -Limit, Limit) * PerSecond) + Nanoseconds;
    }
}

/// <summary>struct statx (linux/stat.h), 256 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExtendedFileStatus
{
    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint LinkCount;
    public uint UserId;
    public uint GroupId;
    public ushort Mode;
    public ushort Padding;
    public ulong Number;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public ExtendedFileTime AccessTime;
    public ExtendedFileTime BirthTime;
    public ExtendedFileTime ChangeTime;
    public ExtendedFileTime ModificationTime;
    public uint DeviceIdentityMajor;
    public uint DeviceIdentityMinor;
    public uint DeviceMajor;
    public uint DeviceMinor;
    public ulong MountId;
    public StatusReserve Reserve;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExtendedFileTime
{
    public long Seconds;
    public uint Nanoseconds;
    public int Padding;

    /// <summary>A time from nanoseconds since 1970.</summary>
    public static ExtendedFileTime FromNanoseconds(long value)
    {
        FileTime time = FileTime.FromNanoseconds(value);
        return new ExtendedFileTime { Seconds = time.Seconds, Nanoseconds = (uint)time.Nanoseconds };
    }
}

/// <summary>The unused end of struct statx.</summary>
[System.Runtime.CompilerServices.InlineArray(13)]
internal struct StatusReserve
{
    private ulong _first;
}

/// <summary>struct statfs of x86-64 (asm-generic/statfs.h), 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileSystemStatus
{
    public long Type;
    public long BlockSize;
    public long Blocks;
    public long FreeBlocks;
    public long AvailableBlocks;
    public long Files;
    public long FreeFiles;
    public ulong Identity;
    public long NameLength;
    public long FragmentSize;
    public long Flags;
    public long Reserved0;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
}
