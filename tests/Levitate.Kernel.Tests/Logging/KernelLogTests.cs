using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Logging;

public sealed class KernelLogTests : IDisposable
{
    private const int BufferBytes = 131_072;

    private readonly SimulatedKernel _kernel = new();
    private readonly UserAddress _buffer;

    public KernelLogTests() => _buffer = _kernel.Map(BufferBytes);

    private KernelLog Log => _kernel.System.Log;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void The_ring_forgets_the_oldest_lines_and_keeps_the_others_whole()
    {
        var ring = new LogRing();
        var random = new Random(1);
        for (int i = 0; i < 5000; i++)
        {
            ring.Add(i, i % 8, Encoding.ASCII.GetBytes(new string((char)('a' + (i % 26)), random.Next(LogRing.MaximumText + 1))));
        }

        Span<byte> text = stackalloc byte[LogRing.MaximumText];
        LogPlace place = default;
        Assert.Equal(LogReading.Lost, ring.Read(ref place, text, out _));
        Assert.Equal(ring.Oldest, place);
        ulong expected = place.Sequence;
        Assert.InRange(expected, 4800UL, 4950UL);
        while (ring.Read(ref place, text, out LogRecord record) == LogReading.Line)
        {
            Assert.Equal(expected++, record.Sequence);
            Assert.Equal((long)record.Sequence, record.Nanoseconds);
            Assert.Equal((int)(record.Sequence % 8), record.Priority);
            Assert.False(text[..record.Length].ContainsAnyExcept((byte)('a' + (record.Sequence % 26))));
        }

        Assert.Equal(5000UL, expected);
    }

    [Fact]
    public void What_is_read_are_the_last_whole_lines_that_fit()
    {
        Log.WriteLine("first");
        Log.WriteLine("second");
        string all = Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes);
        string[] lines = all.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("<6>[", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("] first", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[1] + "\n", Read(SyslogAction.SYSLOG_ACTION_READ_ALL, all.Length - 1));
        Assert.Equal(string.Empty, Read(SyslogAction.SYSLOG_ACTION_READ_ALL, lines[1].Length));
        Assert.Equal(all, Read(SyslogAction.SYSLOG_ACTION_READ_CLEAR, all.Length));
        Assert.Equal(string.Empty, Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes));
        Log.WriteLine("third\nfourth");
        Assert.Equal(2, Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void The_next_lines_are_read_once_and_in_pieces()
    {
        Log.WriteLine("first");
        long unread = SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_SIZE_UNREAD, default, 0).Value;
        string beginning = Read(SyslogAction.SYSLOG_ACTION_READ, 4);
        Assert.Equal("<6>[", beginning);
        Assert.Equal(unread - 4, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_SIZE_UNREAD, default, 0).Value);
        Log.WriteLine(new string('x', 3000));
        string rest = Read(SyslogAction.SYSLOG_ACTION_READ, BufferBytes);
        Assert.EndsWith("] first", rest.Split('\n')[0], StringComparison.Ordinal);
        Assert.Equal(3000, rest.Split('x').Length - 1);
        Assert.Equal(0, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_SIZE_UNREAD, default, 0).Value);
        Assert.Equal(Errno.EFAULT, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_READ, new UserAddress(ulong.MaxValue - 5), 100).Error);
    }

    [Fact]
    public void The_console_shows_what_is_urgent_enough()
    {
        Log.WriteDetail("detail");
        Log.WriteLine("shown");
        Assert.Equal(Errno.None, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_CONSOLE_OFF, default, 0).Error);
        Log.WriteLine("hidden");
        Assert.Equal(Errno.None, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_CONSOLE_ON, default, 0).Error);
        Log.WriteLine("shown again");
        Assert.Equal(Errno.None, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_CONSOLE_LEVEL, default, 8).Error);
        Log.WriteDetail("now shown");
        Assert.Equal(Errno.EINVAL, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_CONSOLE_LEVEL, default, 9).Error);
        Assert.Equal("shown\nshown again\nnow shown\n", _kernel.Machine.Log);
        Assert.Equal(5, Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_line_that_comes_while_others_are_read_and_cleared_is_read_later()
    {
        const int Lines = 1000;
        var writer = new Thread(() =>
        {
            for (int i = 0; i < Lines; i++)
            {
                Log.WriteDetail($"line {i}");
            }
        });
        writer.Start();
        var read = new List<string>();
        bool isLast;
        do
        {
            isLast = !writer.IsAlive;
            foreach (string line in Read(SyslogAction.SYSLOG_ACTION_READ_CLEAR, BufferBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                read.Add(line[(line.IndexOf(']', StringComparison.Ordinal) + 2)..]);
            }
        }
        while (!isLast);
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"line {i}"), read);
    }

    [Fact]
    public void Lines_that_a_bad_buffer_did_not_take_are_not_cleared()
    {
        Log.WriteLine("first");
        Assert.Equal(Errno.EFAULT, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_READ_CLEAR, new UserAddress(4096), 100).Error);
        Assert.EndsWith("] first\n", Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Bugs_and_want_of_memory_reach_a_host_whose_console_is_off_and_are_kept()
    {
        Assert.Equal(Errno.None, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_CONSOLE_OFF, default, 0).Error);
        _kernel.System.Contain(new OutOfMemoryException());
        _kernel.System.Contain(_kernel.CreateProcess().Process, new OutOfMemoryException());
        _kernel.System.Contain(new InvalidOperationException("a bug"));
        _kernel.System.Contain(_kernel.CreateProcess().Process, new InvalidOperationException("another"));
        string[] lines = Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Collection(
            lines,
            line => Assert.Matches(@"^<3>.*\[OOM\] .* something was not done$", line),
            line => Assert.Matches(@"^<3>.*\[OOM\] .* a process is killed$", line),
            line => Assert.Matches(@"^<2>.*\[CONTAINED\] .*a bug$", line),
            line => Assert.Matches(@"^<2>.*\[CONTAINED\] .*another$", line));
        Assert.Equal(string.Concat(lines.Select(line => line[(line.IndexOf(']', StringComparison.Ordinal) + 2)..] + "\n")), _kernel.Machine.Log);
    }

    [Fact]
    public void Keeping_a_line_and_waking_its_readers_takes_no_memory()
    {
        var queue = new WaitQueue();
        var entry = new SleeperEntry(new SimulatedParker(new SimulatedClock()));
        queue.Add(entry);
        Add(queue);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Add(queue);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        queue.Remove(entry, passOn: false);

        void Add(WaitQueue queue)
        {
            Log.Ring.Add(Log.Now, 3, "[OOM] the kernel's own memory is used up"u8);
            queue.WakeAll();
        }
    }

    [Fact]
    public void Logging_under_a_lock_that_comes_after_its_readers_queue_is_a_breach_though_nobody_reads()
    {
        var early = new KernelLock(LockOrder.FileTable);
        using (early.Enter())
        {
            Log.WriteLine("shown");
        }

        var late = new KernelLock(LockOrder.TimerQueue);
        using (late.Enter())
        {
            Assert.Contains("WaitQueue is taken with TimerQueue held", Assert.Throws<InvalidOperationException>(() => Log.WriteLine("")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_not_printable_the_host_sees_in_octal_and_syslog_as_it_is()
    {
        FileDescription file = Open(OpenFlags.O_WRONLY).Value;
        Assert.Equal(9, Write(file, "<3>\u001b[2J\r\n").Value);
        Assert.Equal(6, Write(file, "<3>\u007f\t\n").Value);
        file.Release();
        Log.WriteLine(new string('\u0001', 5000));
        Assert.Equal("\\033[2J\\015\n\\177\\011\n" + string.Concat(Enumerable.Repeat("\\001", 5000)) + "\n", _kernel.Machine.Log);
        Assert.Contains("] \u001b[2J\r\n", Read(SyslogAction.SYSLOG_ACTION_READ_ALL, BufferBytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_takes_ten_lines_in_five_seconds_and_drops_what_is_more()
    {
        FileDescription file = Open(OpenFlags.O_WRONLY).Value, other = Open(OpenFlags.O_WRONLY).Value;
        for (int i = 0; i < 13; i++)
        {
            Assert.Equal(6, Write(file, "<3>one").Value);
        }

        Write(other, "<3>other");
        _kernel.Machine.SimulatedClock.Advance(TimeSpan.FromSeconds(5.1));
        Write(file, "<3>later");
        file.Release();
        other.Release();
        Assert.Equal(string.Concat(Enumerable.Repeat("one\n", 10)) + "other\nlater\n/dev/kmsg: 3 output lines suppressed due to ratelimiting\n", _kernel.Machine.Log);
    }

    [Fact]
    public void The_device_takes_lines_of_users_and_gives_records()
    {
        FileDescription file = Open(OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK).Value;
        Assert.Equal(Errno.EAGAIN, Next(file).Error);
        foreach (string line in (ReadOnlySpan<string>)["plain\n", "<3>urgent", "<0>", "<30>daemon \\ \u0001", "<x>y"])
        {
            Assert.Equal(line.Length, Write(file, line).Value);
        }

        ulong first = Log.Ring.Oldest.Sequence;
        Assert.Matches($"^12,{first},[0-9]+,-;plain\n$", Next(file).Value);
        Assert.Matches($"^11,{first + 1},[0-9]+,-;urgent\n$", Next(file).Value);
        Assert.Matches($"^8,{first + 2},[0-9]+,-;\n$", Next(file).Value);
        Assert.EndsWith(@";daemon \x5c \x01" + "\n", Next(file).Value, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, Next(file, room: 5).Error);
        Assert.Equal(Errno.EAGAIN, Next(file).Error);
        Assert.Equal(0, file.Seek(_kernel.Caller, 0, SeekFrom.SEEK_SET).Value);
        for (int i = 0; i < 100; i++)
        {
            Log.WriteLine(new string('x', LogRing.MaximumText));
        }

        Assert.Equal(Errno.EPIPE, Next(file).Error);
        Assert.True(Next(file).Succeeded);
        var tooLong = new IoCursor(new byte[LogRing.MaximumText + 1]);
        long ignored = 0;
        Assert.Equal(Errno.EINVAL, file.Write(_kernel.Caller, ref tooLong, ref ignored).Error);
        file.Release();
    }

    [Fact]
    public void Without_CAP_SYSLOG_it_is_only_written_to()
    {
        _kernel.Caller.Credentials = _kernel.Caller.Credentials with { EffectiveCapabilities = 0 };
        Assert.Equal(Errno.EPERM, SyslogSyscalls.Syslog(_kernel.Caller, SyslogAction.SYSLOG_ACTION_READ_ALL, _buffer, 100).Error);
        Assert.Equal(Errno.EPERM, Open(OpenFlags.O_RDONLY).Error);
        Assert.Equal(Errno.EPERM, Open(OpenFlags.O_RDWR).Error);
        Assert.True(Open(OpenFlags.O_WRONLY).TryGet(out FileDescription? file, out _));
        file.Release();
    }

    private Result<FileDescription> Open(OpenFlags flags)
    {
        Location root = _kernel.Caller.FileSystem.Root;
        root.Inode.Acquire();
        Result<FileDescription> opened = new KernelLogDevice(Log).Open(root, flags, _kernel.Caller);
        if (!opened.Succeeded)
        {
            root.Inode.Release();
        }

        return opened;
    }

    private Result<long> Write(FileDescription file, string line)
    {
        var cursor = new IoCursor(Encoding.ASCII.GetBytes(line));
        long offset = 0;
        return file.Write(_kernel.Caller, ref cursor, ref offset);
    }

    private Result<string> Next(FileDescription file, int room = 8192)
    {
        var buffer = new byte[room];
        var cursor = new IoCursor(buffer);
        return file.Read(_kernel.Caller, ref cursor, 0).TryGet(out long count, out Errno error) ? Encoding.ASCII.GetString(buffer, 0, (int)count) : error;
    }

    private string Read(SyslogAction action, int size)
    {
        SyscallResult result = SyslogSyscalls.Syslog(_kernel.Caller, action, _buffer, size);
        Assert.False(result.IsError);
        var bytes = new byte[result.Value];
        Assert.Equal(Errno.None, _kernel.Caller.Memory.Read(_buffer, bytes));
        return Encoding.ASCII.GetString(bytes);
    }
}
