using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Levitate.Machine.Virtio.Console;
using Xunit;

namespace Levitate.Machine.Tests;

public sealed class ConsoleTests : IDisposable
{
    private const int StreamBytes = 10_000_000;

    private readonly HostMemory _memory = new();
    private readonly FakePort _in = new(1, "in");
    private readonly FakePort _out = new(2, "out");
    private readonly FakeConsole _host;
    private readonly ConsoleDevice _device;

    public ConsoleTests()
    {
        _host = new FakeConsole(_in, _out);
        _device = Start(_host);
    }

    public void Dispose()
    {
        _host.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void Ports_are_found_by_name_once()
    {
        Assert.NotNull(_device.TryOpen("in"u8, ConsoleDirections.Input));
        Assert.NotNull(_device.TryOpen("out"u8, ConsoleDirections.Output));
        Assert.Null(_device.TryOpen("in"u8, ConsoleDirections.Input));
        Assert.Null(_device.TryOpen("ou"u8, ConsoleDirections.Input));
        Assert.Null(_device.TryOpen(""u8, ConsoleDirections.Input));
        Assert.True(_in.IsGuestOpen);
    }

    [Fact]
    public void A_port_starts_empty_open_and_drained()
    {
        ConsolePort input = Open("in", ConsoleDirections.Input);
        ConsolePort output = Open("out", ConsoleDirections.Output);
        Assert.False(input.HasInput);
        Assert.False(input.IsInputClosed);
        Assert.Equal(0, input.Read(new byte[10]));
        Assert.True(output.HasRoom);
        Assert.True(output.IsDrained);
    }

    [Fact]
    public void Output_that_the_host_takes_at_once_needs_no_interrupt()
    {
        ConsolePort output = Open("out", ConsoleDirections.Output);
        for (int count = 0; count < 1000; count++)
        {
            Assert.Equal(5, output.Write("hello"u8));
            Assert.True(output.IsDrained);
        }

        Assert.Equal(5000, _out.Output.Length);
        Assert.Equal(0, _out.OutputInterrupts);
    }

    [Fact]
    public void A_stalled_host_takes_away_the_room_and_its_return_brings_it_back()
    {
        ConsolePort output = Open("out", ConsoleDirections.Output);
        // Not disposed: the device may still raise Changed after the last look.
        var changed = new AutoResetEvent(false);
        output.Changed += () => changed.Set();
        _host.SetStalled(_out, true);
        byte[] bytes = Pattern(200_000);
        int written = output.Write(bytes);
        Assert.InRange(written, 1, bytes.Length - 1);
        Assert.False(output.HasRoom);
        Assert.False(output.IsDrained);
        Assert.Equal(0, output.Write(bytes));

        _host.SetStalled(_out, false);
        WaitFor(changed, () => output.IsDrained);
        Assert.True(output.HasRoom);
        Assert.Equal(bytes[..written], _out.Output.ToArray());
        Assert.NotEqual(0, _out.OutputInterrupts);
    }

    [Fact]
    public void Many_small_writes_to_a_stalled_host_run_out_of_room_and_lose_nothing()
    {
        ConsolePort output = Open("out", ConsoleDirections.Output);
        _host.SetStalled(_out, true);
        var expected = new List<byte>();
        for (byte value = 0; output.Write([value]) == 1; value++)
        {
            expected.Add(value);
        }

        _host.SetStalled(_out, false);
        Assert.Equal(1, output.Write([42]));
        expected.Add(42);
        Assert.Equal(expected, _out.Output.ToArray());
    }

    [Fact]
    public void Input_is_closed_only_after_all_that_was_sent_is_read()
    {
        ConsolePort input = Open("in", ConsoleDirections.Input);
        byte[] sent = Pattern(100_000);
        _host.Send(_in, sent);
        _host.CloseAfterInput(_in);
        byte[] read = ReadToEnd(input, chunk: 777);
        Assert.Equal(sent, read);
        Assert.True(input.IsInputClosed);
        Assert.False(input.HasInput);
    }

    [Fact]
    public void A_host_that_opens_again_ends_the_end_of_input()
    {
        ConsolePort input = Open("in", ConsoleDirections.Input);
        // Not disposed: the device may still raise Changed after the last look.
        var changed = new AutoResetEvent(false);
        input.Changed += () => changed.Set();
        _host.SetOpen(_in, false);
        WaitFor(changed, () => input.IsInputClosed);
        _host.SetOpen(_in, true);
        WaitFor(changed, () => !input.IsInputClosed);
    }

    [Fact]
    public void Output_written_before_the_host_has_opened_waits_for_it()
    {
        var late = new FakePort(3, "late") { IsOpen = false };
        using var host = new FakeConsole(late);
        ConsoleDevice device = Start(host);
        ConsolePort port = device.TryOpen("late"u8, ConsoleDirections.Output)!;
        Assert.Equal(5, port.Write("early"u8));
        Assert.False(port.IsDrained);
        host.SetOpen(late, true);
        Assert.True(SpinWait.SpinUntil(() => port.IsDrained, 5000));
        Assert.Equal("early", Encoding.ASCII.GetString(late.Output.ToArray()));
    }

    [Fact]
    public void Output_to_a_host_that_has_closed_goes_nowhere()
    {
        ConsolePort output = Open("out", ConsoleDirections.Output);
        _host.SetOpen(_out, false);
        Assert.True(SpinWait.SpinUntil(() => output.IsInputClosed, 5000));
        byte[] bytes = Pattern(1_000_000);
        for (int written = 0; written < bytes.Length;)
        {
            written += output.Write(bytes.AsSpan(written));
        }

        Assert.True(output.IsDrained);
        Assert.Equal(0, _out.Output.Length);
    }

    [Fact]
    public async Task Long_streams_arrive_byte_for_byte_while_the_host_stops_and_goes()
    {
        ConsolePort input = Open("in", ConsoleDirections.Input);
        ConsolePort output = Open("out", ConsoleDirections.Output);
        byte[] sent = Pattern(StreamBytes);
        Task host = Task.Run(() =>
        {
            var random = new Random(7);
            for (int offset = 0; offset < sent.Length;)
            {
                int length = Math.Min(random.Next(1, 20_000), sent.Length - offset);
                _host.Send(_in, sent.AsSpan(offset, length).ToArray());
                offset += length;
                _host.SetStalled(_out, random.Next(4) == 0);
            }

            _host.SetStalled(_out, false);
            _host.CloseAfterInput(_in);
        });
        Task guest = Task.Run(() => Copy(input, output));
        Task all = Task.WhenAll(host, guest);
        Assert.Same(all, await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(30))));
        await all;
        Assert.True(sent.AsSpan().SequenceEqual(_out.Output.ToArray()));
    }

    [Fact]
    public void Control_messages_without_sense_are_ignored()
    {
        byte[][] messages =
        [
            [],
            [1, 2, 3],
            Message(99, ConsoleEvent.PortAdd),
            Message(uint.MaxValue, ConsoleEvent.PortOpen),
            Message(7, ConsoleEvent.PortName),
            Message(6, ConsoleEvent.PortOpen),
            Message(1, (ConsoleEvent)1000),
            [.. Message(1, ConsoleEvent.Resize), 80, 0],
        ];
        ConsolePort input = Open("in", ConsoleDirections.Input);
        for (int round = 0; round < 100; round++)
        {
            foreach (byte[] message in messages)
            {
                _host.SendRawControl(message);
            }

            _device.HandleInterrupt();
        }

        _host.Send(_in, [1]);
        Assert.Equal(1, input.Read(new byte[2]));
    }

    private static byte[] Message(uint port, ConsoleEvent what)
    {
        byte[] bytes = new byte[ConsoleMessage.Bytes];
        new ConsoleMessage(port, what, 1).Write(bytes);
        return bytes;
    }

    /// <summary>What a program that copies its input to its output does, blocking as the kernel's files do.</summary>
    private static void Copy(ConsolePort input, ConsolePort output)
    {
        // Not disposed: the device may still raise Changed after the last look.
        var changed = new AutoResetEvent(false);
        input.Changed += () => changed.Set();
        output.Changed += () => changed.Set();
        byte[] buffer = new byte[50_000];
        var random = new Random(3);
        while (true)
        {
            int count = input.Read(buffer.AsSpan(0, random.Next(1, buffer.Length)));
            if (count == 0)
            {
                if (input.IsInputClosed)
                {
                    break;
                }

                if (!input.HasInput)
                {
                    Assert.True(changed.WaitOne(10_000), "a wake-up for input was lost");
                }

                continue;
            }

            for (int written = 0; written < count;)
            {
                int part = output.Write(buffer.AsSpan(written, count - written));
                written += part;
                if (part == 0 && !output.HasRoom)
                {
                    Assert.True(changed.WaitOne(10_000), "a wake-up for room was lost");
                }
            }
        }

        while (!output.IsDrained)
        {
            Assert.True(changed.WaitOne(10_000), "a wake-up for the drained output was lost");
        }
    }

    private static byte[] ReadToEnd(ConsolePort input, int chunk)
    {
        // Not disposed: the device may still raise Changed after the last look.
        var changed = new AutoResetEvent(false);
        input.Changed += () => changed.Set();
        var all = new List<byte>();
        byte[] buffer = new byte[chunk];
        while (!input.IsInputClosed)
        {
            int count = input.Read(buffer);
            all.AddRange(buffer.AsSpan(0, count));
            if (count == 0 && !input.HasInput && !input.IsInputClosed)
            {
                Assert.True(changed.WaitOne(10_000), "a wake-up for input was lost");
            }
        }

        return [.. all];
    }

    private static void WaitFor(AutoResetEvent changed, Func<bool> condition)
    {
        while (!condition())
        {
            Assert.True(changed.WaitOne(10_000), "no change was raised");
        }
    }

    private static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private ConsoleDevice Start(FakeConsole host)
    {
        ConsoleDevice device = ConsoleDevice.TryStart(host, _memory)!;
        Assert.NotNull(device);
        host.Device = device;
        host.StartInterrupts();
        Assert.True(device.WaitForPorts(TimeSpan.FromSeconds(10)));
        return device;
    }

    private ConsolePort Open(string name, ConsoleDirections directions)
    {
        ConsolePort? port = _device.TryOpen(Encoding.ASCII.GetBytes(name), directions);
        Assert.NotNull(port);
        return port;
    }
}
