using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>getrandom's flags.</summary>
/// <remarks>Linux: getrandom(2).</remarks>
[Flags]
internal enum RandomFlags : uint
{
    None = 0,
    GRND_NONBLOCK = 1,
    GRND_RANDOM = 2,
    GRND_INSECURE = 4,
}

/// <summary>What the system is: names, load, entropy.</summary>
internal static class SystemSyscalls
{
    private const int NameFieldSize = 65;
    private const int NameFields = 6;

    [StructLayout(LayoutKind.Sequential)]
    private struct SystemInfo
    {
        public long Uptime;
        public ulong Load1, Load5, Load15;
        public ulong TotalRam, FreeRam, SharedRam, BufferRam, TotalSwap, FreeSwap;
        public ushort Processes;
        public ushort Padding;
        public uint Padding2;
        public ulong TotalHigh, FreeHigh;
        public uint MemoryUnit;
        public uint Padding3;
    }

    /// <summary>Stores the names of the system: Linux's own, and the release that the ABI is modelled on.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: uname(2).</remarks>
    [Syscall(63)]
    internal static SyscallResult Uname(UserThread caller, UserAddress buffer)
    {
        Span<byte> names = stackalloc byte[NameFieldSize * NameFields];
        names.Clear();
        SystemNames system = caller.Kernel.Names;
        SystemNames.KernelName.CopyTo(names);
        system.HostName.CopyTo(names[NameFieldSize..]);
        SystemNames.Release.CopyTo(names[(2 * NameFieldSize)..]);
        SystemNames.Version.CopyTo(names[(3 * NameFieldSize)..]);
        SystemNames.MachineName.CopyTo(names[(4 * NameFieldSize)..]);
        system.DomainName.CopyTo(names[(5 * NameFieldSize)..]);
        return caller.Memory.Write(buffer, names);
    }

    /// <summary>Sets the host name.</summary>
    /// <returns>EPERM without CAP_SYS_ADMIN; EINVAL for more than 64 bytes; EFAULT.</returns>
    /// <remarks>Linux: sethostname(2).</remarks>
    [Syscall(170)]
    internal static SyscallResult SetHostName(UserThread caller, UserAddress text, int length)
    {
        Result<byte[]> name = ReadName(caller, text, length);
        if (name.Succeeded)
        {
            caller.Kernel.Names.HostName = name.Value;
        }

        return name.Error;
    }

    /// <summary>Sets the domain name.</summary>
    /// <returns>EPERM without CAP_SYS_ADMIN; EINVAL for more than 64 bytes; EFAULT.</returns>
    /// <remarks>Linux: setdomainname(2).</remarks>
    [Syscall(171)]
    internal static SyscallResult SetDomainName(UserThread caller, UserAddress text, int length)
    {
        Result<byte[]> name = ReadName(caller, text, length);
        if (name.Succeeded)
        {
            caller.Kernel.Names.DomainName = name.Value;
        }

        return name.Error;
    }

    /// <summary>Stores uptime, load averages, memory and the number of threads.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: sysinfo(2).</remarks>
    [Syscall(99)]
    internal static SyscallResult Sysinfo(UserThread caller, UserAddress buffer)
    {
        const long NanosecondsPerSecond = 1_000_000_000;
        const ulong LoadUnit = 1 << 16;
        IMachine machine = caller.Process.Machine;
        ProcessorLoad load = machine.Load;
        var info = new SystemInfo
        {
            Load1 = (ulong)load.Load1 * (LoadUnit / (ulong)ProcessorLoad.Unit),
            Load5 = (ulong)load.Load5 * (LoadUnit / (ulong)ProcessorLoad.Unit),
            Load15 = (ulong)load.Load15 * (LoadUnit / (ulong)ProcessorLoad.Unit),
            Uptime = (machine.Clock.MonotonicNanoseconds + NanosecondsPerSecond - 1) / NanosecondsPerSecond,
            TotalRam = (ulong)machine.Frames.TotalFrames * PageSize.Bytes,
            FreeRam = (ulong)machine.Frames.FreeFrames * PageSize.Bytes,
            Processes = (ushort)Math.Min(caller.Kernel.Processes.ThreadCount, ushort.MaxValue),
            MemoryUnit = 1,
        };
        return caller.Memory.Write(buffer, info);
    }

    /// <summary>Stores random bytes.</summary>
    /// <returns>The count, short where the memory ends; EINVAL for unknown flags or GRND_RANDOM with GRND_INSECURE; EFAULT.</returns>
    /// <remarks>Linux: getrandom(2).</remarks>
    [Syscall(318)]
    internal static SyscallResult GetRandom(UserThread caller, UserAddress buffer, ulong count, RandomFlags flags)
    {
        const RandomFlags Known = RandomFlags.GRND_NONBLOCK | RandomFlags.GRND_RANDOM | RandomFlags.GRND_INSECURE;
        if ((flags & ~Known) != 0 || (flags & (RandomFlags.GRND_RANDOM | RandomFlags.GRND_INSECURE)) == (RandomFlags.GRND_RANDOM | RandomFlags.GRND_INSECURE))
        {
            return Errno.EINVAL;
        }

        count = Math.Min(count, int.MaxValue & ~0xfffUL);
        Span<byte> chunk = stackalloc byte[256];
        ulong done = 0;
        while (done < count && !(done >= PageSize.Bytes && caller.HasPendingSignal))
        {
            Span<byte> part = chunk[..(int)Math.Min(count - done, (ulong)chunk.Length)];
            caller.Process.Machine.FillRandom(part);
            int written = caller.Memory.WritePartial(buffer + done, part);
            done += (ulong)written;
            if (written < part.Length)
            {
                return done == 0 ? Errno.EFAULT : (long)done;
            }
        }

        return (long)done;
    }

    private static Result<byte[]> ReadName(UserThread caller, UserAddress text, int length)
    {
        if (!caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        if (length is < 0 or > SystemNames.MaximumLength)
        {
            return Errno.EINVAL;
        }

        var name = new byte[length];
        Errno error = caller.Memory.Read(text, name);
        if (error != Errno.None)
        {
            return error;
        }

        int end = Array.IndexOf(name, (byte)0);
        return end < 0 ? name : name[..end];
    }
}
