using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Network.Unix;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>Making sockets, naming and connecting them.</summary>
internal static class SocketSyscalls
{
    private const int TypeMask = 0xf;
    private const int TypeCount = 11;
    private const SocketFlags KnownFlags = SocketFlags.SOCK_CLOEXEC | SocketFlags.SOCK_NONBLOCK;
    private const string OnlyUnix = "address families but AF_UNIX: EAFNOSUPPORT";

    /// <summary>Makes a socket.</summary>
    /// <returns>The descriptor; EINVAL, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EMFILE.</returns>
    /// <remarks>Linux: socket(2).</remarks>
    [Syscall(41, Unsupported = OnlyUnix)]
    internal static SyscallResult Socket(UserThread caller, int family, int type, int protocol)
    {
        Errno error = Check(family, type, protocol, out SocketType kind, out SocketFlags flags);
        return error != Errno.None ? error : Install(caller, new UnixSocket(caller.Kernel, kind), flags);
    }

    /// <summary>Makes two sockets that are connected to each other.</summary>
    /// <returns>As socket; EFAULT.</returns>
    /// <remarks>Linux: socketpair(2).</remarks>
    [Syscall(53, Unsupported = OnlyUnix)]
    internal static SyscallResult Socketpair(UserThread caller, int family, int type, int protocol, UserAddress descriptors)
    {
        Errno error = Check(family, type, protocol, out SocketType kind, out SocketFlags flags);
        if (error != Errno.None)
        {
            return error;
        }

        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(caller, kind);
        SocketDescription secondDescription = SocketDescription.Create(caller.Kernel, second, flags);
        SyscallResult firstFd = Install(caller, first, flags);
        if (firstFd.IsError)
        {
            secondDescription.Release();
            return firstFd;
        }

        SyscallResult secondFd = OpenSyscalls.Install(caller, secondDescription, (flags & SocketFlags.SOCK_CLOEXEC) != 0);
        if (!secondFd.IsError)
        {
            error = caller.Memory.Write(descriptors, ((ulong)secondFd.Value << 32) | (uint)firstFd.Value);
            if (error == Errno.None)
            {
                return SyscallResult.Success;
            }

            caller.Files.Close((int)secondFd.Value);
            secondFd = error;
        }

        caller.Files.Close((int)firstFd.Value);
        return secondFd;
    }

    /// <summary>Gives a socket a name.</summary>
    /// <returns>EADDRINUSE, EINVAL, ENOTSOCK, EBADF, EFAULT, and what making a file may answer.</returns>
    /// <remarks>Linux: bind(2), unix(7).</remarks>
    [Syscall(49)]
    internal static SyscallResult Bind(UserThread caller, int fd, UserAddress address, uint length)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        if (SocketAddress.Read(caller, address, length).TryGet(out byte[] bytes, out error))
        {
            error = socket.Socket.Bind(caller, bytes);
        }

        return Transfer.Abandon(socket, error);
    }

    /// <summary>Lets others connect to a socket.</summary>
    /// <returns>EINVAL without a name; EOPNOTSUPP for datagrams.</returns>
    /// <remarks>Linux: listen(2).</remarks>
    [Syscall(50)]
    internal static SyscallResult Listen(UserThread caller, int fd, int backlog) =>
        SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error)
            ? Transfer.Abandon(socket, socket.Socket.Listen(caller, backlog))
            : error;

    /// <summary>Connects a socket to a name.</summary>
    /// <returns>ECONNREFUSED, EISCONN, EPROTOTYPE, EAGAIN, EACCES, ENOENT, ...</returns>
    /// <remarks>Linux: connect(2), unix(7).</remarks>
    [Syscall(42)]
    internal static SyscallResult Connect(UserThread caller, int fd, UserAddress address, uint length)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        if (SocketAddress.Read(caller, address, length).TryGet(out byte[] bytes, out error))
        {
            error = socket.Socket.Connect(caller, bytes, socket.IsNonBlocking);
        }

        return Transfer.Abandon(socket, error);
    }

    /// <summary>Takes a connection.</summary>
    /// <remarks>Linux: accept(2).</remarks>
    [Syscall(43)]
    internal static SyscallResult Accept(UserThread caller, int fd, UserAddress address, UserAddress length) =>
        Accept4(caller, fd, address, length, SocketFlags.None);

    /// <summary>Takes a connection, and sets flags of its descriptor.</summary>
    /// <returns>The descriptor; EINVAL where the socket does not listen or for unknown flags; EOPNOTSUPP, EAGAIN, EMFILE, EFAULT.</returns>
    /// <remarks>Linux: accept4(2), since 2.6.28.</remarks>
    [Syscall(288)]
    internal static SyscallResult Accept4(UserThread caller, int fd, UserAddress address, UserAddress length, SocketFlags flags)
    {
        if ((flags & ~KnownFlags) != 0)
        {
            return Errno.EINVAL;
        }

        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription listener, out Errno error))
        {
            return error;
        }

        Result<Socket> accepted = listener.Socket.Accept(caller, listener.IsNonBlocking);
        listener.Release();
        if (!accepted.TryGet(out Socket connection, out error))
        {
            return error;
        }

        SocketDescription description = SocketDescription.Create(caller.Kernel, connection, flags);
        if (!address.IsNull)
        {
            byte[] name = connection.GetName(ofPeer: true).TryGet(out byte[] peer, out _) ? peer : UnixAddress.Make(null);
            error = SocketAddress.Write(caller, name, address, length);
            if (error != Errno.None)
            {
                return Transfer.Abandon(description, error);
            }
        }

        return OpenSyscalls.Install(caller, description, (flags & SocketFlags.SOCK_CLOEXEC) != 0);
    }

    /// <summary>Ends one direction of a connection, or both.</summary>
    /// <returns>EINVAL for another direction.</returns>
    /// <remarks>Linux: shutdown(2).</remarks>
    [Syscall(48)]
    internal static SyscallResult Shutdown(UserThread caller, int fd, ShutdownKind kind)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        return Transfer.Abandon(socket, (uint)kind > (uint)ShutdownKind.SHUT_RDWR ? Errno.EINVAL : socket.Socket.Shutdown(kind));
    }

    /// <summary>Stores a socket's own name.</summary>
    /// <remarks>Linux: getsockname(2).</remarks>
    [Syscall(51)]
    internal static SyscallResult Getsockname(UserThread caller, int fd, UserAddress address, UserAddress length) =>
        StoreName(caller, fd, address, length, ofPeer: false);

    /// <summary>Stores the name of the socket at the other end.</summary>
    /// <returns>ENOTCONN where there is none.</returns>
    /// <remarks>Linux: getpeername(2).</remarks>
    [Syscall(52)]
    internal static SyscallResult Getpeername(UserThread caller, int fd, UserAddress address, UserAddress length) =>
        StoreName(caller, fd, address, length, ofPeer: true);

    private static SyscallResult StoreName(UserThread caller, int fd, UserAddress address, UserAddress length, bool ofPeer)
    {
        if (!SocketArguments.Get(caller, fd).TryGet(out SocketDescription socket, out Errno error))
        {
            return error;
        }

        if (socket.Socket.GetName(ofPeer).TryGet(out byte[] name, out error))
        {
            error = SocketAddress.Write(caller, name, address, length);
        }

        return Transfer.Abandon(socket, error);
    }

    private static Errno Check(int family, int type, int protocol, out SocketType kind, out SocketFlags flags)
    {
        kind = (SocketType)(type & TypeMask);
        flags = (SocketFlags)(type & ~TypeMask);
        if ((flags & ~KnownFlags) != 0)
        {
            return Errno.EINVAL;
        }

        if ((int)kind >= TypeCount)
        {
            return Errno.EINVAL;
        }

        if (family != (int)AddressFamily.AF_UNIX)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (protocol != 0 && protocol != (int)AddressFamily.AF_UNIX)
        {
            return Errno.EPROTONOSUPPORT;
        }

        // Linux takes a raw socket of this family for one of datagrams.
        kind = kind == SocketType.SOCK_RAW ? SocketType.SOCK_DGRAM : kind;
        return kind is SocketType.SOCK_STREAM or SocketType.SOCK_DGRAM or SocketType.SOCK_SEQPACKET ? Errno.None : Errno.ESOCKTNOSUPPORT;
    }

    private static SyscallResult Install(UserThread caller, Socket socket, SocketFlags flags) =>
        OpenSyscalls.Install(caller, SocketDescription.Create(caller.Kernel, socket, flags), (flags & SocketFlags.SOCK_CLOEXEC) != 0);
}
