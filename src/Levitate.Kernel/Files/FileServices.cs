using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Devpts;
using Levitate.Kernel.FileSystems.Devtmpfs;
using Levitate.Kernel.FileSystems.Mqueue;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.FileSystems.Sysfs;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Terminals;

namespace Levitate.Kernel.Files;

/// <summary>What the files of all processes of a kernel have in common.</summary>
internal sealed class FileServices
{
    private KernelLock _epollNesting = new(LockOrder.EpollNesting);

    /// <summary>Composes it.</summary>
    public FileServices(KernelSystem kernel)
    {
        Pipes = new AnonymousFileSystem(kernel.Machine, "pipefs", 0x50495045);
        MemoryFiles = new AnonymousFileSystem(kernel.Machine, "tmpfs", 0x01021994);
        Anonymous = new AnonymousFileSystem(kernel.Machine, "anon_inodefs", 0x09041934);
        if (kernel.Boot.Console is { } channel)
        {
            Console = Terminal.CreateConsole(kernel, channel);
            Devices.Register(new DeviceNumber(5, 1), Console);
            if (kernel.Boot.Control is { } control)
            {
                _ = new ConsoleListener(Console, control);
            }
        }

        Devices.Register(new DeviceNumber(5, 0), new ControllingTerminal());
        Mqueues = new MqueueFileSystem(kernel.Machine, kernel.MessageMemory);
        SysfsFileSystem = new SysfsFileSystem(kernel.Machine);
        ProcFileSystem = new ProcFileSystem(kernel);
        DevtmpfsFileSystem = new DevtmpfsFileSystem(kernel.Machine, Devices, kernel.Log);
        PseudoTerminals = new PseudoTerminals(kernel);
        DevptsFileSystem = new DevptsFileSystem(kernel.Machine, PseudoTerminals, Devices);
        Devices.Register(new DeviceNumber(5, 2), PseudoTerminals);
        Devices.Register(PseudoTerminals.SlaveMajor, minor => PseudoTerminals.Find((int)minor)?.Terminal);
    }

    /// <summary>The character devices.</summary>
    public CharacterDevices Devices { get; } = new();

    /// <summary>Where pipes lie.</summary>
    public AnonymousFileSystem Pipes { get; }

    /// <summary>Where the files of memfd_create lie.</summary>
    public AnonymousFileSystem MemoryFiles { get; }

    /// <summary>Where files lie that are nothing but an open description.</summary>
    public AnonymousFileSystem Anonymous { get; }

    /// <summary>The POSIX message queues, wherever they are mounted.</summary>
    public MqueueFileSystem Mqueues { get; }

    /// <summary>Held while an epoll is added to another. Order: before every epoll's own lock.</summary>
    public ref KernelLock EpollNesting => ref _epollNesting;

    /// <summary>/proc, however often it is mounted.</summary>
    public ProcFileSystem ProcFileSystem { get; }

    /// <summary>/sys, however often it is mounted.</summary>
    public SysfsFileSystem SysfsFileSystem { get; }

    /// <summary>/dev, however often it is mounted.</summary>
    public DevtmpfsFileSystem DevtmpfsFileSystem { get; }

    /// <summary>The pseudo-terminals.</summary>
    public PseudoTerminals PseudoTerminals { get; }

    /// <summary>Where their names are: there is one, however often it is mounted.</summary>
    public DevptsFileSystem DevptsFileSystem { get; }

    /// <summary>The first mount of it, at /dev/pts.</summary>
    public Mount? PseudoTerminalMount { get; set; }

    /// <summary>What the watchers of all may take.</summary>
    public Inotify.InotifyLimits InotifyLimits { get; } = new();

    /// <summary>Which processes wait for record locks of which others.</summary>
    public Locks.RecordLockWaits RecordLockWaits { get; } = new();

    /// <summary>Which files have locks.</summary>
    public Locks.LockedFiles LockedFiles { get; } = new();

    /// <summary>The console of `levitate run`; null where the machine has none: /dev/console is ENXIO then.</summary>
    public Terminal? Console { get; }
}
