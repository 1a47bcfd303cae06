using System;

namespace Levitate.Kernel.Files.Polling;

/// <summary>What poll(2) asks and says of a file.</summary>
[Flags]
public enum PollEvents : short
{
    None = 0,
    POLLIN = 1,
    POLLPRI = 2,
    POLLOUT = 4,
    POLLERR = 8,
    POLLHUP = 0x10,
    POLLNVAL = 0x20,
    POLLRDNORM = 0x40,
    POLLRDBAND = 0x80,
    POLLWRNORM = 0x100,
    POLLWRBAND = 0x200,
    POLLRDHUP = 0x2000,

    /// <summary>A read would not wait.</summary>
    Readable = POLLIN | POLLRDNORM,

    /// <summary>A write would not wait.</summary>
    Writable = POLLOUT | POLLWRNORM,
}
