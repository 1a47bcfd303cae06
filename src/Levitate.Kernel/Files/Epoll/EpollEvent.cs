using System;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>What epoll_ctl does.</summary>
internal enum EpollOperation
{
    EPOLL_CTL_ADD = 1,
    EPOLL_CTL_DEL = 2,
    EPOLL_CTL_MOD = 3,
}

/// <summary>What is asked and said of a file: the bits of poll(2), and how to tell.</summary>
/// <remarks>Linux: epoll_ctl(2).</remarks>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    EPOLLIN = 1,
    EPOLLPRI = 2,
    EPOLLOUT = 4,
    EPOLLERR = 8,
    EPOLLHUP = 0x10,
    EPOLLRDNORM = 0x40,
    EPOLLRDBAND = 0x80,
    EPOLLWRNORM = 0x100,
    EPOLLWRBAND = 0x200,
    EPOLLRDHUP = 0x2000,
    EPOLLEXCLUSIVE = 1u << 28,
    EPOLLWAKEUP = 1u << 29,
    EPOLLONESHOT = 1u << 30,
    EPOLLET = 1u << 31,

    /// <summary>How to tell, as opposed to what.</summary>
    Manner = EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET,

    /// <summary>Told whether asked for or not.</summary>
    Always = EPOLLERR | EPOLLHUP,

    /// <summary>What readers wait for.</summary>
    Reading = EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND | EPOLLRDHUP,

    /// <summary>What writers wait for.</summary>
    Writing = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND,

    /// <summary>What may go with EPOLLEXCLUSIVE.</summary>
    ExclusiveMates = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE,
}

/// <summary>struct epoll_event, which is packed on x86-64: 12 bytes.</summary>
/// <param name="Events">The events.</param>
/// <param name="Data">What the program gave to know the file by.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct EpollEvent(EpollEvents Events, ulong Data)
{
    /// <summary>Bytes.</summary>
    public const int Size = 12;
}
