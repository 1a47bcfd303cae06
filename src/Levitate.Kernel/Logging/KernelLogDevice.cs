using System;
using System.Buffers.Text;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Logging;

/// <summary>/dev/kmsg.</summary>
internal sealed class KernelLogDevice(KernelLog log) : ICharacterDevice
{
    /// <summary>The device of major 1.</summary>
    public const uint Minor = 11;

    /// <summary>Opens it; reading needs CAP_SYSLOG, or EPERM.</summary>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) =>
        (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY || caller is null || caller.Credentials.Has(Capability.CAP_SYSLOG)
            ? new KernelLogDescription(log, location, flags)
            : Errno.EPERM;
}

/// <summary>An open /dev/kmsg: a record a read, from the oldest on; a write adds a line.</summary>
/// <remarks>Linux: Documentation/ABI/testing/dev-kmsg.</remarks>
internal sealed class KernelLogDescription(KernelLog log, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    private const int FacilityOfUsers = 1, UsualLevel = 4, Levels = 8;

    /// <summary>How many lines may be written in a time; Linux's with printk.devkmsg=ratelimit, its default.</summary>
    private const int LinesAtOnce = 10;

    private const long RateNanoseconds = 5_000_000_000;

    /// <summary>Guards the fields. The ring is read under it.</summary>
    private KernelLock _lock = new(LockOrder.SyslogReader);
    private LogPlace _place = log.Ring.Oldest;
    private long _rateEnd = long.MinValue;
    private int _linesWritten;
    private int _linesDropped;

    /// <inheritdoc/>
    public override WaitQueue ReadQueue => log.Arrived;

    /// <inheritdoc/>
    public override PollEvents Readiness
    {
        get
        {
            using (_lock.Enter())
            {
                PollEvents lost = _place.Sequence < log.Ring.Oldest.Sequence ? PollEvents.POLLERR | PollEvents.POLLPRI : PollEvents.None;
                return PollEvents.Writable | (_place.Sequence < log.Ring.Next.Sequence ? PollEvents.Readable | lost : PollEvents.None);
            }
        }
    }

    /// <summary>Reads the next record, and waits for it; EINVAL where it does not fit, which skips it; EPIPE where lines were lost.</summary>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null)
        {
            return Errno.EAGAIN;
        }

        Span<byte> text = stackalloc byte[LogRing.MaximumText];
        Errno error = Take(caller, text, out LogRecord record);
        if (error != Errno.None)
        {
            return error;
        }

        Span<byte> line = stackalloc byte[LogText.MaximumLine];
        int length = LogText.WriteRecord(line, record, text[..record.Length]);
        if (length > cursor.Remaining)
        {
            return Errno.EINVAL;
        }

        _ = cursor.Put(line[..length]);
        return cursor.Result;
    }

    /// <summary>Adds a line, which may begin with its priority (&lt;13&gt;); it is never the kernel's own facility. EINVAL where it is too long. More than some at once are dropped, and count as written.</summary>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (cursor.Remaining > LogRing.MaximumText)
        {
            return Errno.EINVAL;
        }

        if (!MayWrite())
        {
            cursor.Skip();
            return cursor.Result;
        }

        Span<byte> buffer = stackalloc byte[LogRing.MaximumText];
        int length = cursor.Take(buffer[..(int)cursor.Remaining]);
        if (cursor.HasFaulted)
        {
            return Errno.EFAULT;
        }

        Span<byte> text = buffer[..length];
        int priority = (FacilityOfUsers * Levels) + UsualLevel;
        if (length > 0 && text[0] == (byte)'<' && Utf8Parser.TryParse(text[1..], out uint given, out int digits) && text[(1 + digits)..] is [(byte)'>', ..])
        {
            int facility = (int)((given / Levels) & 0xff);
            priority = ((facility != 0 ? facility : FacilityOfUsers) * Levels) + (int)(given % Levels);
            text = text[(digits + 2)..];
        }

        text = text.TrimEnd((byte)'\n');
        log.Write(priority, [.. text, (byte)'\n']);
        return length;
    }

    /// <summary>To the oldest line (SEEK_SET), behind the last clearing (SEEK_DATA), to the end; ESPIPE for an offset but 0.</summary>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        if (offset != 0)
        {
            return Errno.ESPIPE;
        }

        LogPlace? place = from switch
        {
            SeekFrom.SEEK_SET => log.Ring.Oldest,
            SeekFrom.SEEK_DATA => log.Ring.Cleared,
            SeekFrom.SEEK_END => log.Ring.Next,
            _ => null,
        };
        if (place is not { } found)
        {
            return Errno.EINVAL;
        }

        using (_lock.Enter())
        {
            _place = found;
        }

        return 0;
    }

    /// <summary>Says how many lines were dropped.</summary>
    protected override void OnClosed()
    {
        if (_linesDropped > 0)
        {
            log.Write((int)LogLevel.Warning, Encoding.ASCII.GetBytes($"/dev/kmsg: {_linesDropped} output lines suppressed due to ratelimiting\n"));
        }
    }

    private bool MayWrite()
    {
        long now = log.Now;
        using (_lock.Enter())
        {
            if (now > _rateEnd)
            {
                (_rateEnd, _linesWritten) = (now + RateNanoseconds, 0);
            }

            bool may = _linesWritten < LinesAtOnce;
            (_linesWritten, _linesDropped) = may ? (_linesWritten + 1, _linesDropped) : (_linesWritten, _linesDropped + 1);
            return may;
        }
    }

    private Errno Take(UserThread caller, Span<byte> text, out LogRecord record)
    {
        using var wait = new WaitScope(caller);
        wait.Add(log.Arrived);
        while (true)
        {
            LogReading reading;
            using (_lock.Enter())
            {
                reading = log.Ring.Read(ref _place, text, out record);
            }

            Errno error = reading switch
            {
                LogReading.Lost => Errno.EPIPE,
                LogReading.Nothing => IsNonBlocking ? Errno.EAGAIN : wait.Sleep(),
                _ => Errno.None,
            };
            if (error != Errno.None || reading == LogReading.Line)
            {
                return error;
            }
        }
    }
}
