using System;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Logging;

/// <summary>The one place up to which syslog(2)'s SYSLOG_ACTION_READ has read, whoever did. It may be within a line.</summary>
internal sealed class SyslogReader(LogRing ring)
{
    /// <summary>Guards the fields; the ring is read under it.</summary>
    private KernelLock _lock = new(LockOrder.SyslogReader);
    private LogPlace _place;
    private int _bytesOfLine;

    /// <summary>The bytes that are still to be read.</summary>
    public long Unread
    {
        get
        {
            Span<byte> text = stackalloc byte[LogRing.MaximumText];
            Span<byte> line = stackalloc byte[LogText.MaximumLine];
            using (_lock.Enter())
            {
                LogPlace place = _place;
                long bytes = 0;
                LogReading reading;
                while ((reading = ring.Read(ref place, text, out LogRecord record)) != LogReading.Nothing)
                {
                    bytes += reading == LogReading.Line ? LogText.WriteLine(line, record, text[..record.Length]) : 0;
                }

                return Math.Max(bytes - _bytesOfLine, 0);
            }
        }
    }

    /// <summary>Takes what is next, of one line at most; 0: there is nothing.</summary>
    public int Take(Span<byte> buffer)
    {
        Span<byte> text = stackalloc byte[LogRing.MaximumText];
        Span<byte> line = stackalloc byte[LogText.MaximumLine];
        using (_lock.Enter())
        {
            while (true)
            {
                LogPlace place = _place;
                switch (ring.Read(ref place, text, out LogRecord record))
                {
                    case LogReading.Nothing:
                        return 0;
                    case LogReading.Lost:
                        (_place, _bytesOfLine) = (place, 0);
                        continue;
                }

                int length = LogText.WriteLine(line, record, text[..record.Length]);
                int taken = Math.Min(length - _bytesOfLine, buffer.Length);
                line.Slice(_bytesOfLine, taken).CopyTo(buffer);
                _bytesOfLine += taken;
                if (_bytesOfLine == length)
                {
                    (_place, _bytesOfLine) = (place, 0);
                }

                return taken;
            }
        }
    }
}
