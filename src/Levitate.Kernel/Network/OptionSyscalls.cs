using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>getsockopt and setsockopt.</summary>
/// <remarks>Linux: socket(7), unix(7).</remarks>
internal static class OptionSyscalls
{
    private const int SOL_SOCKET = 1;
    private const int MinimumSendBuffer = 4608;
    private const int MinimumReceiveBuffer = 2304;
    private const string NotSupported = "levels but SOL_SOCKET: EOPNOTSUPP; SO_PEERSEC, SO_PEERGROUPS, SO_PEEK_OFF, SO_TIMESTAMP, filters and what else AF_UNIX has no use for: ENOPROTOOPT";

    /// <summary>Sets an option of a socket.</summary>
    /// <returns>ENOPROTOOPT, EINVAL, EDOM, EPERM, ENOTSOCK, EBADF, EFAULT.</returns>
    /// <remarks>Linux: setsockopt(2).</remarks>
    [Syscall(54, Unsupported = NotSupported)]
    internal static SyscallResult Setsockopt(UserThread caller, int fd, int level, SocketOption option, UserAddress value, int length)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        error = level != SOL_SOCKET ? Errno.EOPNOTSUPP : length < 0 ? Errno.EINVAL : Set(caller, socket.Socket.Settings, option, value, length);
        return Transfer.Abandon(socket, error);
    }

    /// <summary>Stores an option of a socket.</summary>
    /// <returns>As setsockopt.</returns>
    /// <remarks>Linux: getsockopt(2).</remarks>
    [Syscall(55, Unsupported = NotSupported)]
    internal static SyscallResult Getsockopt(UserThread caller, int fd, int level, SocketOption option, UserAddress value, UserAddress lengthAddress)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        if (level != SOL_SOCKET)
        {
            error = Errno.EOPNOTSUPP;
        }
        else if (caller.Memory.Read<int>(lengthAddress).TryGet(out int room, out error))
        {
            error = room < 0 ? Errno.EINVAL : Get(caller, socket.Socket, option, value, ref room);
            error = error != Errno.None ? error : caller.Memory.Write(lengthAddress, room);
        }

        return Transfer.Abandon(socket, error);
    }

    private static Errno Set(UserThread caller, SocketSettings settings, SocketOption option, UserAddress value, int length)
    {
        if (option is SocketOption.SO_RCVTIMEO or SocketOption.SO_SNDTIMEO)
        {
            return SetTimeout(caller, settings, option, value, length);
        }

        if (length < sizeof(int))
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<int>(value).TryGet(out int number, out Errno error))
        {
            return error;
        }

        switch (option)
        {
            case SocketOption.SO_PASSCRED:
                settings.PassesCredentials = number != 0;
                return Errno.None;
            case SocketOption.SO_SNDBUF or SocketOption.SO_SNDBUFFORCE:
                return SetBuffer(caller, option == SocketOption.SO_SNDBUFFORCE, () => settings.SendBufferSize = Math.Max(Doubled(number), MinimumSendBuffer));
            case SocketOption.SO_RCVBUF or SocketOption.SO_RCVBUFFORCE:
                return SetBuffer(caller, option == SocketOption.SO_RCVBUFFORCE, () => settings.ReceiveBufferSize = Math.Max(Doubled(number), MinimumReceiveBuffer));
            case SocketOption.SO_RCVLOWAT:
                settings.ReceiveLowMark = number == 0 ? 1 : number < 0 ? int.MaxValue : number;
                return Errno.None;
            case SocketOption.SO_LINGER:
                return SetLinger(caller, settings, value, length);
            case SocketOption.SO_TYPE or SocketOption.SO_PROTOCOL or SocketOption.SO_DOMAIN or SocketOption.SO_ERROR or SocketOption.SO_ACCEPTCONN
                or SocketOption.SO_PEERCRED or SocketOption.SO_SNDLOWAT:
                return Errno.ENOPROTOOPT;
            default:
                if (!IsSwitch(option))
                {
                    return Errno.ENOPROTOOPT;
                }

                uint bit = 1u << (int)option;
                settings.Switches = number != 0 ? settings.Switches | bit : settings.Switches & ~bit;
                return Errno.None;
        }
    }

    private static Errno Get(UserThread caller, Socket socket, SocketOption option, UserAddress value, ref int room)
    {
        SocketSettings settings = socket.Settings;
        switch (option)
        {
            case SocketOption.SO_PEERCRED:
                return Store(caller, value, socket.Peer, ref room);
            case SocketOption.SO_LINGER:
                return Store(caller, value, settings.Linger, ref room);
            case SocketOption.SO_RCVTIMEO:
                return Store(caller, value, TimeVal.FromNanoseconds(settings.ReceiveTimeout), ref room);
            case SocketOption.SO_SNDTIMEO:
                return Store(caller, value, TimeVal.FromNanoseconds(settings.SendTimeout), ref room);
        }

        int? number = option switch
        {
            SocketOption.SO_TYPE => (int)socket.Type,
            SocketOption.SO_DOMAIN => (int)socket.Family,
            SocketOption.SO_PROTOCOL => 0,
            SocketOption.SO_ERROR => (int)socket.TakeError(),
            SocketOption.SO_ACCEPTCONN => socket.IsListening ? 1 : 0,
            SocketOption.SO_PASSCRED => settings.PassesCredentials ? 1 : 0,
            SocketOption.SO_SNDBUF => settings.SendBufferSize,
            SocketOption.SO_RCVBUF => settings.ReceiveBufferSize,
            SocketOption.SO_RCVLOWAT => settings.ReceiveLowMark,
            SocketOption.SO_SNDLOWAT => 1,
            _ => IsSwitch(option) ? (int)(settings.Switches >> (int)option) & 1 : null,
        };
        return number is { } found ? Store(caller, value, found, ref room) : Errno.ENOPROTOOPT;
    }

    private static bool IsSwitch(SocketOption option) =>
        option is SocketOption.SO_REUSEADDR or SocketOption.SO_DONTROUTE or SocketOption.SO_BROADCAST or SocketOption.SO_KEEPALIVE
            or SocketOption.SO_OOBINLINE or SocketOption.SO_REUSEPORT;

    private static int Doubled(int number) => 2 * (int)Math.Min((uint)number, SocketSettings.DefaultBufferSize);

    private static Errno SetBuffer(UserThread caller, bool isForced, Action set)
    {
        if (isForced && !caller.Credentials.Has(Capability.CAP_NET_ADMIN))
        {
            return Errno.EPERM;
        }

        set();
        return Errno.None;
    }

    private static Errno SetLinger(UserThread caller, SocketSettings settings, UserAddress value, int length)
    {
        if (length < 2 * sizeof(int))
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<long>(value).TryGet(out long linger, out Errno error))
        {
            return error;
        }

        settings.Linger = ((int)linger != 0 ? 1 : 0, (int)(linger >> 32));
        return Errno.None;
    }

    private static Errno SetTimeout(UserThread caller, SocketSettings settings, SocketOption option, UserAddress value, int length)
    {
        if (length < TimeValSize)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<TimeVal>(value).TryGet(out TimeVal time, out Errno error))
        {
            return error;
        }

        if ((ulong)time.Microseconds >= 1_000_000)
        {
            return Errno.EDOM;
        }

        // A negative time is one that is over at once, which is not 0: that is none.
        long nanoseconds = time.Seconds < 0 ? 1 : time.ToNanoseconds();
        if (option == SocketOption.SO_RCVTIMEO)
        {
            settings.ReceiveTimeout = nanoseconds;
        }
        else
        {
            settings.SendTimeout = nanoseconds;
        }

        return Errno.None;
    }

    /// <summary>sizeof(struct timeval).</summary>
    private const int TimeValSize = 16;

    /// <summary>Stores as much of an option as there is room for, and how much that was.</summary>
    private static Errno Store<T>(UserThread caller, UserAddress address, in T value, ref int room)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        room = Math.Min(room, bytes.Length);
        return caller.Memory.Write(address, bytes[..room]);
    }
}
