using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Terminals;

namespace Levitate.Kernel.Files;

/// <summary>What the files of all processes of a kernel have in common.</summary>
internal sealed class FileServices
{
    /// <summary>Composes it.</summary>
    public FileServices(KernelSystem kernel)
    {
        Pipes = new AnonymousFileSystem(kernel.Machine, "pipefs", 0x50495045);
        MemoryFiles = new AnonymousFileSystem(kernel.Machine, "tmpfs", 0x01021994);
        Anonymous = new AnonymousFileSystem(kernel.Machine, "anon_inodefs", 0x09041934);
        if (kernel.Boot.Console is { } channel)
        {
            Console = new Terminal(kernel, channel);
            Devices.Register(new DeviceNumber(5, 1), Console);
            if (kernel.Boot.Control is { } control)
            {
                _ = new WindowSizeListener(Console, control);
            }
        }

        Devices.Register(new DeviceNumber(5, 0), new ControllingTerminal(Console));
    }

    /// <summary>The character devices.</summary>
    public CharacterDevices Devices { get; } = new();

    /// <summary>Where pipes lie.</summary>
    public AnonymousFileSystem Pipes { get; }

    /// <summary>Where the files of memfd_create lie.</summary>
    public AnonymousFileSystem MemoryFiles { get; }

    /// <summary>Where files lie that are nothing but an open description.</summary>
    public AnonymousFileSystem Anonymous { get; }

    /// <summary>Held while an epoll is added to another. Order: before every epoll's own lock.</summary>
    public Lock EpollNesting { get; } = new();

    /// <summary>The console of `levitate run`; null where the machine has none: /dev/console is ENXIO then.</summary>
    public Terminal? Console { get; }
}
