using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Network.Unix;

namespace Levitate.Kernel.Network;

/// <summary>What the sockets of all processes of a kernel have in common.</summary>
internal sealed class NetworkServices(KernelSystem kernel)
{
    /// <summary>Where sockets lie.</summary>
    public AnonymousFileSystem Sockets { get; } = new(kernel.Machine, "sockfs", 0x534f434b);

    /// <summary>The names of AF_UNIX.</summary>
    public UnixNames UnixNames { get; } = new();

    /// <summary>The files that are under way in messages.</summary>
    public FilesInFlight FilesInFlight { get; } = new();
}
