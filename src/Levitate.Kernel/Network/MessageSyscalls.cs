using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MessageHeader
{
    public ulong Name;
    public int NameLength;
    private readonly int _padding;
    public ulong Vector;
    public ulong VectorCount;
    public ulong Control;
    public ulong ControlLength;
    public MessageFlags Flags;
    private readonly int _padding2;
}

/// <summary>Sending and receiving messages.</summary>
internal static class MessageSyscalls
{
    private const string NotSupported = "MSG_OOB: EOPNOTSUPP, as on a Linux without AF_UNIX_OOB";

    /// <summary>sizeof(struct mmsghdr): a struct msghdr and what it came to.</summary>
    private const int ManyStride = 64;
    private const int ManyCountOffset = 56;
    private const int NameLengthOffset = 8;
    private const int ControlLengthOffset = 40;
    private const int FlagsOffset = 48;

    /// <summary>Sends a message, to an address or to the peer.</summary>
    /// <returns>The bytes sent; ENOTCONN, EISCONN, ECONNREFUSED, EPIPE (with SIGPIPE), EMSGSIZE, EAGAIN, ...</returns>
    /// <remarks>Linux: sendto(2).</remarks>
    [Syscall(44, Unsupported = NotSupported)]
    internal static SyscallResult Sendto(UserThread caller, int fd, UserAddress buffer, ulong count, MessageFlags flags, UserAddress address, uint length)
    {
        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return error;
        }

        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out error))
        {
            return error;
        }

        byte[] name = [];
        if (!address.IsNull && !SocketAddress.Read(caller, address, length).TryGet(out name, out error))
        {
            return Transfer.Abandon(socket, error);
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, (ulong)IoArguments.MaximumCount));
        Ancillary ancillary = default;
        Result<long> result = socket.Socket.Send(caller, ref cursor, name, ref ancillary, socket.With(flags));
        socket.Release();
        return result.TryGet(out long sent, out error) ? sent : error;
    }

    /// <summary>Receives a message, and stores who sent it.</summary>
    /// <returns>The bytes received; 0 at the end of a stream; EAGAIN, ENOTCONN, ...</returns>
    /// <remarks>Linux: recvfrom(2).</remarks>
    [Syscall(45, Unsupported = NotSupported)]
    internal static SyscallResult Recvfrom(UserThread caller, int fd, UserAddress buffer, ulong count, MessageFlags flags, UserAddress address, UserAddress length)
    {
        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return error;
        }

        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out error))
        {
            return error;
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, (ulong)IoArguments.MaximumCount));
        Result<long> result = socket.Socket.Receive(caller, ref cursor, socket.With(flags), out Ancillary ancillary);
        ancillary.Release();
        socket.Release();
        if (!result.TryGet(out long received, out error))
        {
            return error;
        }

        error = address.IsNull ? Errno.None : SocketAddress.Write(caller, SenderName(ancillary), address, length);
        return error != Errno.None ? error : received;
    }

    /// <summary>Sends a message that consists of several pieces, with files and credentials.</summary>
    /// <remarks>Linux: sendmsg(2).</remarks>
    [Syscall(46, Unsupported = NotSupported)]
    internal static SyscallResult Sendmsg(UserThread caller, int fd, UserAddress message, MessageFlags flags)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        SyscallResult result = Send(caller, socket, message, flags);
        socket.Release();
        return result;
    }

    /// <summary>Receives a message into several pieces, with files and credentials.</summary>
    /// <remarks>Linux: recvmsg(2).</remarks>
    [Syscall(47, Unsupported = NotSupported)]
    internal static SyscallResult Recvmsg(UserThread caller, int fd, UserAddress message, MessageFlags flags)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        SyscallResult result = Receive(caller, socket, message, flags);
        socket.Release();
        return result;
    }

    /// <summary>Sends several messages.</summary>
    /// <returns>How many; an error only where it is none.</returns>
    /// <remarks>Linux: sendmmsg(2), since 3.0.</remarks>
    [Syscall(307, Unsupported = NotSupported)]
    internal static SyscallResult Sendmmsg(UserThread caller, int fd, UserAddress messages, uint count, MessageFlags flags)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        int done = 0;
        SyscallResult result = SyscallResult.Success;
        for (count = Math.Min(count, IoArguments.MaximumSegments); done < count; done++)
        {
            UserAddress message = messages + (ulong)(done * ManyStride);
            result = Send(caller, socket, message, flags);
            if (result.IsError || (error = caller.Memory.Write(message + ManyCountOffset, (int)result.Value)) != Errno.None)
            {
                result = result.IsError ? result : error;
                break;
            }
        }

        socket.Release();
        return done > 0 ? done : result;
    }

    /// <summary>Receives several messages.</summary>
    /// <returns>How many; an error only where it is none.</returns>
    /// <remarks>Linux: recvmmsg(2), since 2.6.33. The time is looked at between messages only.</remarks>
    [Syscall(299, Unsupported = NotSupported)]
    internal static SyscallResult Recvmmsg(UserThread caller, int fd, UserAddress messages, uint count, MessageFlags flags, UserAddress timeout)
    {
        long deadline = ThreadParker.NoDeadline;
        IClock clock = caller.Process.Machine.Clock;
        if (!timeout.IsNull)
        {
            if (!caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out Errno fault))
            {
                return fault;
            }

            if (!time.IsValid)
            {
                return Errno.EINVAL;
            }

            deadline = time.DeadlineAfter(clock.MonotonicNanoseconds);
        }

        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        int done = 0;
        SyscallResult result = SyscallResult.Success;
        for (count = Math.Min(count, IoArguments.MaximumSegments); done < count; done++)
        {
            UserAddress message = messages + (ulong)(done * ManyStride);
            result = Receive(caller, socket, message, flags & ~MessageFlags.MSG_WAITFORONE);
            if (result.IsError || (error = caller.Memory.Write(message + ManyCountOffset, (int)result.Value)) != Errno.None)
            {
                result = result.IsError ? result : error;
                break;
            }

            flags |= (flags & MessageFlags.MSG_WAITFORONE) != 0 ? MessageFlags.MSG_DONTWAIT : MessageFlags.None;
            if (clock.MonotonicNanoseconds >= deadline)
            {
                done++;
                break;
            }
        }

        socket.Release();
        if (!timeout.IsNull && done > 0)
        {
            error = caller.Memory.Write(timeout, TimeSpec.FromNanoseconds(Math.Max(deadline - clock.MonotonicNanoseconds, 0)));
            result = error;
        }

        return done > 0 ? done : result;
    }

    private static SyscallResult Send(UserThread caller, SocketDescription socket, UserAddress message, MessageFlags flags)
    {
        if (!caller.Memory.Read<MessageHeader>(message).TryGet(out MessageHeader header, out Errno error))
        {
            return error;
        }

        Span<UserSegment> buffer = stackalloc UserSegment[IoArguments.StackSegments];
        error = ReadParts(caller, header, buffer, out ReadOnlySpan<UserSegment> segments);
        byte[] name = [];
        if (error != Errno.None
            || (header.Name != 0 && header.NameLength > 0 && !SocketAddress.Read(caller, new UserAddress(header.Name), (uint)header.NameLength).TryGet(out name, out error))
            || (error = ControlMessages.Read(caller, new UserAddress(header.Control), header.ControlLength, out Ancillary ancillary)) != Errno.None)
        {
            return error;
        }

        var cursor = new IoCursor(caller.Memory, segments);
        Result<long> result = socket.Socket.Send(caller, ref cursor, name, ref ancillary, socket.With(flags));
        ancillary.Release();
        return result.TryGet(out long sent, out error) ? sent : error;
    }

    private static SyscallResult Receive(UserThread caller, SocketDescription socket, UserAddress message, MessageFlags flags)
    {
        if (!caller.Memory.Read<MessageHeader>(message).TryGet(out MessageHeader header, out Errno error))
        {
            return error;
        }

        Span<UserSegment> buffer = stackalloc UserSegment[IoArguments.StackSegments];
        error = ReadParts(caller, header, buffer, out ReadOnlySpan<UserSegment> segments);
        if (error != Errno.None)
        {
            return error;
        }

        var cursor = new IoCursor(caller.Memory, segments);
        Result<long> result = socket.Socket.Receive(caller, ref cursor, socket.With(flags), out Ancillary ancillary);
        if (!result.TryGet(out long received, out error))
        {
            ancillary.Release();
            return error;
        }

        MessageFlags told = ancillary.Flags | (flags & MessageFlags.MSG_CMSG_CLOEXEC);
        var control = new UserAddress(header.Control);
        if (!ControlMessages.Write(caller, control, header.ControlLength, ref ancillary, socket.Socket.Settings.PassesCredentials, ref told).TryGet(out ulong used, out error))
        {
            return error;
        }

        if (header.Name != 0)
        {
            byte[] name = SenderName(ancillary);
            error = caller.Memory.Write(new UserAddress(header.Name), name.AsSpan(0, Math.Min(name.Length, header.NameLength)));
            error = error != Errno.None ? error : caller.Memory.Write(message + NameLengthOffset, name.Length);
        }

        error = error != Errno.None ? error : caller.Memory.Write(message + ControlLengthOffset, used);
        error = error != Errno.None ? error : caller.Memory.Write(message + FlagsOffset, (uint)told);
        return error != Errno.None ? error : received;
    }

    private static Errno ReadParts(UserThread caller, in MessageHeader header, Span<UserSegment> buffer, out ReadOnlySpan<UserSegment> segments)
    {
        segments = default;
        if (header.VectorCount > IoArguments.MaximumSegments)
        {
            return Errno.EMSGSIZE;
        }

        return header.NameLength < 0 ? Errno.EINVAL
            : IoArguments.ReadVector(caller, new UserAddress(header.Vector), header.VectorCount, buffer, out segments);
    }

    /// <summary>A sender without a name has no address at all here, unlike in getpeername.</summary>
    private static byte[] SenderName(in Ancillary ancillary) => ancillary.Address is { } name ? Unix.UnixAddress.Make(name) : [];
}
