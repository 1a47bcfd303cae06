using System.Threading;
using Levitate.Kernel.Network;

namespace Levitate.Kernel;

/// <content>Sockets.</content>
public sealed partial class KernelSystem
{
    private NetworkServices? _network;

    /// <summary>What sockets share.</summary>
    internal NetworkServices Network => _network ?? LazyInitializer.EnsureInitialized(ref _network, () => new NetworkServices(this));
}
