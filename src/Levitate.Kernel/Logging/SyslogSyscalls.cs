using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Logging;

/// <summary>What syslog(2) does.</summary>
internal enum SyslogAction
{
    SYSLOG_ACTION_CLOSE = 0,
    SYSLOG_ACTION_OPEN = 1,
    SYSLOG_ACTION_READ = 2,
    SYSLOG_ACTION_READ_ALL = 3,
    SYSLOG_ACTION_READ_CLEAR = 4,
    SYSLOG_ACTION_CLEAR = 5,
    SYSLOG_ACTION_CONSOLE_OFF = 6,
    SYSLOG_ACTION_CONSOLE_ON = 7,
    SYSLOG_ACTION_CONSOLE_LEVEL = 8,
    SYSLOG_ACTION_SIZE_UNREAD = 9,
    SYSLOG_ACTION_SIZE_BUFFER = 10,
}

/// <summary>Reading the kernel's log.</summary>
internal static class SyslogSyscalls
{
    /// <summary>Reads the kernel's log, and says what of it the host sees.</summary>
    /// <returns>The bytes read; EPERM without CAP_SYSLOG, as where /proc/sys/kernel/dmesg_restrict is 1; EINVAL for an unknown action, no buffer, a negative size, a level outside 1 to 8; EFAULT.</returns>
    /// <remarks>Linux: syslog(2).</remarks>
    [Syscall(103)]
    internal static SyscallResult Syslog(UserThread caller, SyslogAction action, UserAddress buffer, int size)
    {
        if (!caller.Credentials.Has(Capability.CAP_SYSLOG))
        {
            return Errno.EPERM;
        }

        KernelLog log = caller.Kernel.Log;
        switch (action)
        {
            case SyslogAction.SYSLOG_ACTION_CLOSE or SyslogAction.SYSLOG_ACTION_OPEN:
                return SyscallResult.Success;
            case SyslogAction.SYSLOG_ACTION_READ or SyslogAction.SYSLOG_ACTION_READ_ALL or SyslogAction.SYSLOG_ACTION_READ_CLEAR:
                return Read(caller, log, action, buffer, size);
            case SyslogAction.SYSLOG_ACTION_CLEAR:
                log.Ring.Clear();
                return SyscallResult.Success;
            case SyslogAction.SYSLOG_ACTION_CONSOLE_OFF:
                log.SilenceConsole();
                return SyscallResult.Success;
            case SyslogAction.SYSLOG_ACTION_CONSOLE_ON:
                log.RestoreConsole();
                return SyscallResult.Success;
            case SyslogAction.SYSLOG_ACTION_CONSOLE_LEVEL:
                return log.SetConsoleLevel(size);
            case SyslogAction.SYSLOG_ACTION_SIZE_UNREAD:
                return log.Syslog.Unread;
            case SyslogAction.SYSLOG_ACTION_SIZE_BUFFER:
                return LogRing.Capacity;
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult Read(UserThread caller, KernelLog log, SyslogAction action, UserAddress buffer, int size)
    {
        if (buffer.IsNull || size < 0)
        {
            return Errno.EINVAL;
        }

        if (size == 0)
        {
            return 0;
        }

        if (!UserLayout.IsUserRange(buffer.Value, (ulong)size))
        {
            return Errno.EFAULT;
        }

        return action == SyslogAction.SYSLOG_ACTION_READ ? ReadNext(caller, log, buffer, size) : ReadAll(caller, log, buffer, size, action == SyslogAction.SYSLOG_ACTION_READ_CLEAR);
    }

    /// <summary>SYSLOG_ACTION_READ: waits until there is something that nobody read by it.</summary>
    private static SyscallResult ReadNext(UserThread caller, KernelLog log, UserAddress buffer, int size)
    {
        Span<byte> bytes = stackalloc byte[512];
        int done = 0;
        using var wait = new WaitScope(caller);
        wait.Add(log.Arrived);
        while (done < size)
        {
            int count = log.Syslog.Take(bytes[..Math.Min(bytes.Length, size - done)]);
            Errno error = count > 0 ? caller.Memory.Write(buffer + (ulong)done, bytes[..count]) : done > 0 ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return done > 0 ? done : error;
            }

            done += count;
        }

        return done;
    }

    /// <summary>SYSLOG_ACTION_READ_ALL, READ_CLEAR: the last whole lines that there is room for, of those since the log was cleared.</summary>
    private static SyscallResult ReadAll(UserThread caller, KernelLog log, UserAddress buffer, int size, bool clears)
    {
        ulong end = log.Ring.Next.Sequence;
        long tooMany = CopyLines(caller, log.Ring, end, UserAddress.Null, skipped: long.MaxValue, size, out _).Value - size;
        Result<long> copied = CopyLines(caller, log.Ring, end, buffer, tooMany, size, out LogPlace reached);
        if (clears)
        {
            // What was logged meanwhile nobody has read; nor, where the buffer was bad, what would have come next. So does Linux.
            log.Ring.Clear(reached);
        }

        return copied.TryGet(out long bytes, out Errno error) ? bytes : error;
    }

    /// <summary>Copies lines up to one, without the first ones in which so many bytes are.</summary>
    /// <param name="caller">Whose memory the buffer is in.</param>
    /// <param name="ring">The lines.</param>
    /// <param name="end">The first line that is not copied.</param>
    /// <param name="buffer">Where they go.</param>
    /// <param name="skipped">The bytes of the first ones.</param>
    /// <param name="size">How many there is room for.</param>
    /// <param name="reached">The first line that was neither copied nor skipped.</param>
    /// <returns>The bytes copied, or, where all are to be skipped, those of all lines; EFAULT.</returns>
    private static Result<long> CopyLines(UserThread caller, LogRing ring, ulong end, UserAddress buffer, long skipped, int size, out LogPlace reached)
    {
        Span<byte> text = stackalloc byte[LogRing.MaximumText];
        Span<byte> line = stackalloc byte[LogText.MaximumLine];
        LogPlace place = reached = ring.Cleared;
        long seen = 0, done = 0;
        while (place.Sequence < end)
        {
            if (ring.Read(ref place, text, out LogRecord record) != LogReading.Line)
            {
                // Overwritten meanwhile.
                continue;
            }

            int length = LogText.WriteLine(line, record, text[..record.Length]);
            if (seen >= skipped && done + length <= size)
            {
                Errno error = caller.Memory.Write(buffer + (ulong)done, line[..length]);
                if (error != Errno.None)
                {
                    return error;
                }

                done += length;
            }

            seen += length;
            reached = place;
        }

        return skipped == long.MaxValue ? seen : done;
    }
}
