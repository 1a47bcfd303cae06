using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Files.Events;

/// <summary>Flags of timerfd_settime.</summary>
[Flags]
internal enum TimerFlags
{
    None = 0,
    TFD_TIMER_ABSTIME = 1,
    TFD_TIMER_CANCEL_ON_SET = 2,
}

/// <summary>timerfd_create, timerfd_settime, timerfd_gettime.</summary>
internal static class TimerFileSyscalls
{
    /// <summary>Makes a timer whose expirations are read from a file.</summary>
    /// <returns>The descriptor; EINVAL for an unknown flag or clock; EPERM for an alarm clock without CAP_WAKE_ALARM; EMFILE.</returns>
    /// <remarks>Linux: timerfd_create(2), since 2.6.25. The machine never sleeps, so that alarm clocks are as others.</remarks>
    [Syscall(283, Name = "timerfd_create")]
    internal static SyscallResult TimerfdCreate(UserThread caller, ClockId clock, OpenFlags flags)
    {
        bool isAlarm = clock is ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM;
        bool isRealTime = clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_ALARM;
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0
            || !(isAlarm || isRealTime || clock is ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME))
        {
            return Errno.EINVAL;
        }

        if (isAlarm && !caller.Credentials.Has(Capability.CAP_WAKE_ALARM))
        {
            return Errno.EPERM;
        }

        AnonymousFileSystem fileSystem = caller.Kernel.Files.Anonymous;
        var description = new TimerDescription(
            caller.Kernel,
            fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:[timerfd]"u8),
            OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK),
            clock);
        return OpenSyscalls.Install(caller, description, (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    /// <summary>Arms or disarms a timer, and stores what was left of it.</summary>
    /// <returns>EINVAL, EFAULT, EBADF; ECANCELED where the clock was set meanwhile and TFD_TIMER_CANCEL_ON_SET says to tell.</returns>
    /// <remarks>Linux: timerfd_settime(2).</remarks>
    [Syscall(286, Name = "timerfd_settime")]
    internal static SyscallResult TimerfdSettime(UserThread caller, int fd, TimerFlags flags, UserAddress value, UserAddress oldValue)
    {
        if (!caller.Memory.Read<TimerSpec>(value).TryGet(out TimerSpec wanted, out Errno error))
        {
            return error;
        }

        if ((flags & ~(TimerFlags.TFD_TIMER_ABSTIME | TimerFlags.TFD_TIMER_CANCEL_ON_SET)) != 0 || !wanted.IsValid)
        {
            return Errno.EINVAL;
        }

        if (!Get(caller, fd).TryGet(out TimerDescription? timer, out error))
        {
            return error;
        }

        (long remaining, long period) = timer.Get();
        error = timer.Set(
            wanted.Value.ToNanoseconds(),
            wanted.Interval.ToNanoseconds(),
            (flags & TimerFlags.TFD_TIMER_ABSTIME) != 0,
            (flags & TimerFlags.TFD_TIMER_CANCEL_ON_SET) != 0);
        timer.Release();
        return error != Errno.None || oldValue.IsNull ? error : caller.Memory.Write(oldValue, TimerSpec.FromNanoseconds(remaining, period));
    }

    /// <summary>Stores what is left of a timer, and its period.</summary>
    /// <returns>EBADF; EINVAL for another file; EFAULT.</returns>
    /// <remarks>Linux: timerfd_gettime(2).</remarks>
    [Syscall(287, Name = "timerfd_gettime")]
    internal static SyscallResult TimerfdGettime(UserThread caller, int fd, UserAddress value)
    {
        if (!Get(caller, fd).TryGet(out TimerDescription? timer, out Errno error))
        {
            return error;
        }

        (long remaining, long period) = timer.Get();
        timer.Release();
        return caller.Memory.Write(value, TimerSpec.FromNanoseconds(remaining, period));
    }

    private static Result<TimerDescription> Get(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is TimerDescription timer)
        {
            return timer;
        }

        file.Release();
        return Errno.EINVAL;
    }
}
