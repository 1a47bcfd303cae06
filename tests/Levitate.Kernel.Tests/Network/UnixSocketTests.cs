using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Network;
using Levitate.Kernel.Network.Unix;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Network;

public sealed class UnixSocketTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Bytes_lie_in_frames_that_come_and_go_with_them_but_for_one()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_kernel.Caller, SocketType.SOCK_STREAM);
        Send(first, new byte[1]);
        Assert.Equal(1, Receive(second, 10, MessageFlags.None));
        long free = _kernel.Machine.Frames.FreeFrames;
        Send(first, new byte[10_000]);
        Assert.Equal(free - 2, _kernel.Machine.Frames.FreeFrames);
        Assert.Equal(100, Receive(second, 100, MessageFlags.MSG_PEEK));
        Assert.Equal(9_999, Receive(second, 9_999, MessageFlags.None));
        Assert.Equal(1, Receive(second, 10, MessageFlags.None));
        Assert.Equal(free, _kernel.Machine.Frames.FreeFrames);
        Send(first, new byte[5_000]);
        second.Close();
        first.Close();
        Assert.Equal(free + 1, _kernel.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void A_datagram_whose_bytes_fault_is_not_sent_and_one_that_is_cut_off_takes_its_rest_along()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_kernel.Caller, SocketType.SOCK_DGRAM);
        UserAddress page = _kernel.LonePage();
        Send(first, new byte[3_000]);
        var cursor = new IoCursor(_kernel.Caller.Memory, page, 2 * PageSize.Bytes);
        Ancillary ancillary = default;
        Assert.Equal(Errno.EFAULT, first.Send(_kernel.Caller, ref cursor, default, ref ancillary, MessageFlags.None).Error);
        Send(first, [7, 8, 9]);
        Assert.Equal(3_000, second.CountBytes(sent: false).Value);
        Assert.Equal(10, Receive(second, 10, MessageFlags.None));
        Assert.Equal(3, Receive(second, 1, MessageFlags.MSG_TRUNC));
        Assert.Equal(Errno.EAGAIN, TryReceive(second, 1, MessageFlags.MSG_DONTWAIT).Error);
        first.Close();
        second.Close();
    }

    [Fact]
    public void Sockets_that_only_their_own_queues_hold_are_found_and_those_that_can_be_received_are_kept()
    {
        SocketDescription[] kept = NewPair(), circle = NewPair(), other = NewPair();
        SendFile(circle[0], circle[1]);
        SendFile(circle[0], other[1]);
        SendFile(other[0], circle[1]);
        SendFile(kept[0], other[0]);
        Assert.Equal(4, _kernel.System.Network.FilesInFlight.Count);
        foreach (SocketDescription socket in (SocketDescription[])[.. circle, .. other])
        {
            socket.Release();
        }

        // The next close looks for them. other[0] can still be received from kept[1].
        foreach (SocketDescription socket in NewPair())
        {
            socket.Release();
        }

        Assert.Equal(1, _kernel.System.Network.FilesInFlight.Count);
        kept[1].Release();
        Assert.Equal(0, _kernel.System.Network.FilesInFlight.Count);
        kept[0].Release();
    }

    [Fact]
    public void A_user_has_as_many_files_under_way_as_he_may_have_open_whatever_others_send()
    {
        SocketDescription[] pair = NewPair();
        for (int i = 0; i < 3; i++)
        {
            SendFile(pair[0], pair[1]);
        }

        _kernel.Caller.Process.Limits.OpenFiles = 1;
        _kernel.Caller.Process.Credentials = Credentials.Root with { RealUserId = 7, EffectiveCapabilities = 0 };
        SendFile(pair[0], pair[1]);
        SendFile(pair[0], pair[1]);
        Assert.Equal((3, 2), (_kernel.System.Network.FilesInFlight.CountOf(0), _kernel.System.Network.FilesInFlight.CountOf(7)));
        var ancillary = new Ancillary { Files = [pair[1]] };
        var cursor = new IoCursor(new byte[1]);
        Assert.Equal(Errno.ETOOMANYREFS, pair[0].Socket.Send(_kernel.Caller, ref cursor, default, ref ancillary, MessageFlags.None).Error);

        _kernel.Caller.Process.Credentials = Credentials.Root;
        pair[1].Release();
        pair[0].Release();
        Assert.Equal((0, 0), (_kernel.System.Network.FilesInFlight.CountOf(0), _kernel.System.Network.FilesInFlight.CountOf(7)));
    }

    [Fact]
    public void Every_byte_of_many_senders_arrives_once()
    {
        const int Senders = 3;
        const int Rounds = 500;
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_kernel.Caller, SocketType.SOCK_STREAM);
        var threads = new Thread[Senders];
        var callers = new UserThread[Senders];
        for (int i = 0; i < Senders; i++)
        {
            UserThread caller = callers[i] = _kernel.Simulated.CreateProcess();
            threads[i] = new Thread(() =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    var cursor = new IoCursor(new byte[1 + (round % 3_000)]);
                    Ancillary ancillary = default;
                    Assert.True(first.Send(caller, ref cursor, default, ref ancillary, MessageFlags.None).Succeeded);
                }
            });
            threads[i].Start();
        }

        long expected = 0, received = 0;
        for (int round = 0; round < Rounds; round++)
        {
            expected += Senders * (1 + (round % 3_000));
        }

        while (received < expected)
        {
            received += Receive(second, 20_000, MessageFlags.None);
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(expected, received);
        Assert.Equal(0, second.CountBytes(sent: false).Value);
        first.Close();
        second.Close();
        foreach (UserThread caller in callers)
        {
            caller.Files.Release();
            caller.Process.AddressSpace.Release();
            caller.Context.Dispose();
        }
    }

    private void Send(UnixSocket socket, byte[] bytes)
    {
        var cursor = new IoCursor(bytes);
        Ancillary ancillary = default;
        Assert.Equal(bytes.Length, socket.Send(_kernel.Caller, ref cursor, default, ref ancillary, MessageFlags.None).Value);
    }

    private long Receive(UnixSocket socket, int count, MessageFlags flags) => TryReceive(socket, count, flags).Value;

    private Result<long> TryReceive(UnixSocket socket, int count, MessageFlags flags)
    {
        var cursor = new IoCursor(new byte[count]);
        Result<long> result = socket.Receive(_kernel.Caller, ref cursor, flags, out Ancillary ancillary);
        ancillary.Release();
        return result;
    }

    private SocketDescription[] NewPair()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_kernel.Caller, SocketType.SOCK_DGRAM);
        return [SocketDescription.Create(_kernel.System, first, SocketFlags.None), SocketDescription.Create(_kernel.System, second, SocketFlags.None)];
    }

    private void SendFile(SocketDescription sender, SocketDescription file)
    {
        file.Acquire();
        var ancillary = new Ancillary { Files = [file] };
        var cursor = new IoCursor(new byte[1]);
        Assert.Equal(1, sender.Socket.Send(_kernel.Caller, ref cursor, default, ref ancillary, MessageFlags.None).Value);
        Assert.Null(ancillary.Files);
    }
}
