using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/[pid]/ns: the namespaces that the process is in, which are those of all.</summary>
/// <remarks>Linux: namespaces(7).</remarks>
internal sealed class NamespaceDirectory : ProcDirectory
{
    /// <summary>The numbers that the directory and what is in it take.</summary>
    public const ulong Numbers = 7;

    /// <summary>The directory; its links' numbers follow its own.</summary>
    public NamespaceDirectory(ProcFileSystem fileSystem, ulong number, Process process)
        : base(fileSystem, number, 0x149, process.Credentials.EffectiveUserId, process.Credentials.EffectiveGroupId)
    {
        Namespaces namespaces = fileSystem.Namespaces;
        Add("ipc", namespaces.Ipc);
        Add("mnt", namespaces.Mounts);
        Add("net", namespaces.Network);
        Add("pid", namespaces.Processes);
        Add("pid_for_children", namespaces.Processes);
        Add("user", namespaces.Users);
        Add("uts", namespaces.Names);

        void Add(string name, Location place) =>
            this.Add(name, new ProcFileLink(fileSystem, ++number, FileMode.S_IRWXUGO, process, () => process.IsZombie ? null : place));
    }
}

/// <summary>What there is one of each: the files that stand for it (Linux: nsfs), with the numbers that Linux gives its first ones.</summary>
internal sealed class Namespaces
{
    private readonly AnonymousFileSystem _fileSystem;

    /// <summary>The namespaces of a machine.</summary>
    public Namespaces(IMachine machine)
    {
        _fileSystem = new AnonymousFileSystem(machine, "nsfs", 0x6e736673);
        Ipc = Create("ipc", 4026531839, CloneFlags.CLONE_NEWIPC);
        Mounts = Create("mnt", 4026531841, CloneFlags.CLONE_NEWNS);
        Network = Create("net", 4026531840, CloneFlags.CLONE_NEWNET);
        Processes = Create("pid", 4026531836, CloneFlags.CLONE_NEWPID);
        Users = Create("user", 4026531837, CloneFlags.CLONE_NEWUSER);
        Names = Create("uts", 4026531838, CloneFlags.CLONE_NEWUTS);
    }

    /// <summary>System V objects and POSIX message queues.</summary>
    public Location Ipc { get; }

    /// <summary>The tree of mounts.</summary>
    public Location Mounts { get; }

    /// <summary>Sockets.</summary>
    public Location Network { get; }

    /// <summary>The numbers of processes.</summary>
    public Location Processes { get; }

    /// <summary>User IDs and capabilities.</summary>
    public Location Users { get; }

    /// <summary>The host's name.</summary>
    public Location Names { get; }

    private Location Create(string name, ulong number, CloneFlags kind) => _fileSystem.Place(new NamespaceInode(_fileSystem, number, kind), name);
}

/// <summary>A namespace as a file.</summary>
internal sealed class NamespaceInode(FileSystem fileSystem, ulong number, CloneFlags kind)
    : Inode(fileSystem, number, FileMode.S_IFREG | 0x124, 0, 0, linkCount: 1)
{
    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) => Errno.EPERM;

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY)
        {
            return Errno.EPERM;
        }

        return TryAcquire() ? new NamespaceDescription(location, flags, kind) : Errno.ENOENT;
    }
}

/// <summary>An open namespace: it tells what kind it is, and nothing can be read.</summary>
/// <remarks>Linux: ioctl_ns(2). There is no owner and no parent to be opened.</remarks>
internal sealed class NamespaceDescription(Location location, OpenFlags flags, CloneFlags kind) : FileDescription(location, flags)
{
    /// <summary>NS_GET_NSTYPE.</summary>
    private const uint GetKind = 0xb703;

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument) => request == GetKind ? (long)kind : Errno.ENOTTY;
}
