using System;

namespace Levitate.Kernel.Network;

/// <summary>Address families that the kernel knows.</summary>
internal enum AddressFamily : ushort
{
    AF_UNSPEC = 0,
    AF_UNIX = 1,
}

/// <summary>Types of sockets; socket(2) takes flags with them.</summary>
internal enum SocketType
{
    SOCK_STREAM = 1,
    SOCK_DGRAM = 2,
    SOCK_RAW = 3,
    SOCK_SEQPACKET = 5,
}

/// <summary>What comes with a socket's type, and accept4's flags.</summary>
[Flags]
internal enum SocketFlags
{
    None = 0,
    SOCK_NONBLOCK = 0x800,
    SOCK_CLOEXEC = 0x80000,
}

/// <summary>Flags of send(2) and recv(2), and what recvmsg says of a message.</summary>
[Flags]
internal enum MessageFlags : uint
{
    None = 0,
    MSG_OOB = 1,
    MSG_PEEK = 2,
    MSG_CTRUNC = 8,
    MSG_TRUNC = 0x20,
    MSG_DONTWAIT = 0x40,
    MSG_EOR = 0x80,
    MSG_WAITALL = 0x100,
    MSG_ERRQUEUE = 0x2000,
    MSG_NOSIGNAL = 0x4000,
    MSG_WAITFORONE = 0x10000,
    MSG_CMSG_CLOEXEC = 0x40000000,
}

/// <summary>What shutdown(2) ends.</summary>
internal enum ShutdownKind
{
    SHUT_RD = 0,
    SHUT_WR = 1,
    SHUT_RDWR = 2,
}

/// <summary>Options of level SOL_SOCKET.</summary>
/// <remarks>Linux: socket(7), asm-generic/socket.h.</remarks>
internal enum SocketOption
{
    SO_REUSEADDR = 2,
    SO_TYPE = 3,
    SO_ERROR = 4,
    SO_DONTROUTE = 5,
    SO_BROADCAST = 6,
    SO_SNDBUF = 7,
    SO_RCVBUF = 8,
    SO_KEEPALIVE = 9,
    SO_OOBINLINE = 10,
    SO_LINGER = 13,
    SO_REUSEPORT = 15,
    SO_PASSCRED = 16,
    SO_PEERCRED = 17,
    SO_RCVLOWAT = 18,
    SO_SNDLOWAT = 19,
    SO_RCVTIMEO = 20,
    SO_SNDTIMEO = 21,
    SO_ACCEPTCONN = 30,
    SO_SNDBUFFORCE = 32,
    SO_RCVBUFFORCE = 33,
    SO_PROTOCOL = 38,
    SO_DOMAIN = 39,
}
