using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>Root, working directory and umask of a process. Counted; made with one reference. Keeps both directories' inodes.</summary>
public sealed class FileSystemContext
{
    /// <summary>Guards the fields below. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.FileSystemContext);
    private Location _root;
    private Location _workingDirectory;
    private int _references = 1;
    private uint _umask = 0x12;

    /// <summary>A context whose root and working directory is the root of a tree.</summary>
    public FileSystemContext(MountNamespace mounts)
        : this(mounts.RootMount.Root, mounts.RootMount.Root)
    {
    }

    private FileSystemContext(Location root, Location workingDirectory)
    {
        root.Inode.Acquire();
        root.Mount.Acquire();
        workingDirectory.Inode.Acquire();
        workingDirectory.Mount.Acquire();
        _root = root;
        _workingDirectory = workingDirectory;
    }

    /// <summary>The file mode creation mask: permission bits that new files do not get.</summary>
    public uint Umask
    {
        get => Volatile.Read(ref _umask);
        set => Volatile.Write(ref _umask, value & FileMode.S_IRWXUGO);
    }

    /// <summary>What "/" is.</summary>
    public Location Root
    {
        get
        {
            using (_lock.Enter())
            {
                return _root;
            }
        }
    }

    /// <summary>Where relative paths begin.</summary>
    public Location WorkingDirectory
    {
        get
        {
            using (_lock.Enter())
            {
                return _workingDirectory;
            }
        }
    }

    /// <summary>Sets the mask and returns the old one.</summary>
    internal uint ExchangeUmask(uint mask) => Interlocked.Exchange(ref _umask, mask & FileMode.S_IRWXUGO);

    /// <summary>chroot; ENOENT where the directory was removed meanwhile.</summary>
    internal Errno SetRoot(Location directory) => Set(ref _root, directory);

    /// <summary>chdir; ENOENT where the directory was removed meanwhile.</summary>
    internal Errno SetWorkingDirectory(Location directory) => Set(ref _workingDirectory, directory);

    /// <summary>pivot_root: what was the old root is the new one, for who has it as root or working directory.</summary>
    internal void Replace(Location old, Location directory)
    {
        // A process that has just ended let go of its directories already.
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                break;
            }

            references = seen;
        }

        if (references == 0)
        {
            return;
        }

        if (Root == old)
        {
            _ = SetRoot(directory);
        }

        if (WorkingDirectory == old)
        {
            _ = SetWorkingDirectory(directory);
        }

        Release();
    }

    /// <summary>Sets the working directory by path (the first process's); ENOENT, ENOTDIR, EACCES.</summary>
    public Errno ChangeDirectory(ReadOnlySpan<byte> path, Credentials credentials)
    {
        if (!Resolve(path, credentials, null, WalkOptions.Follow | WalkOptions.Directory).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        error = Permissions.Check(found.Inode, credentials, AccessKinds.Execute);
        return error != Errno.None ? error : SetWorkingDirectory(found);
    }

    /// <summary>
    /// Opens a program or interpreter by path for execve. Nobody can open it for writing until it is disposed of and
    /// no mapping of it is left.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="credentials">Whose permissions count.</param>
    /// <param name="caller">Who /proc/self is.</param>
    /// <returns>ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES (not regular, no x bit, a noexec mount), ETXTBSY.</returns>
    public Result<IExecutableFile> OpenExecutable(ReadOnlySpan<byte> path, Credentials credentials, UserThread? caller = null)
    {
        if (!Resolve(path, credentials, caller, WalkOptions.Follow).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        return ExecutableFile.Open(found, credentials);
    }

    /// <summary>For people: what denies a file that <see cref="OpenExecutable"/> answered with EACCES, as far as it can be seen.</summary>
    internal string DescribeDenial(ReadOnlySpan<byte> path, Credentials credentials, UserThread? caller)
    {
        if (!Resolve(path, credentials, caller, WalkOptions.Follow).TryGet(out Location found, out _))
        {
            return LoadRefusal.DeniesPlace;
        }

        return found.Inode switch
        {
            DirectoryInode => LoadRefusal.DeniesDirectory,
            { Content: null } => LoadRefusal.DeniesSpecial,
            _ => Permissions.Check(found.Inode, credentials, AccessKinds.Execute) == Errno.None ? LoadRefusal.DeniesPlace : LoadRefusal.DeniesMode,
        };
    }

    /// <summary>Walks a path from the working directory.</summary>
    internal Result<Location> Resolve(ReadOnlySpan<byte> path, Credentials credentials, UserThread? caller, WalkOptions options) =>
        new PathWalk(new PathContext(Root, credentials, caller), WorkingDirectory, path, options).Resolve();

    /// <summary>A copy for fork.</summary>
    public FileSystemContext Clone()
    {
        using (_lock.Enter())
        {
            return new FileSystemContext(_root, _workingDirectory) { Umask = Umask };
        }
    }

    /// <summary>Adds a sharer (CLONE_FS).</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Drops a sharer; the last one lets go of the directories.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Release(_root);
            Release(_workingDirectory);
        }
    }

    private Errno Set(ref Location field, Location directory)
    {
        if (!directory.Inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        if (!directory.Mount.TryAcquire())
        {
            directory.Inode.Release();
            return Errno.ENOENT;
        }

        Location old;
        using (_lock.Enter())
        {
            old = field;
            field = directory;
        }

        Release(old);
        return Errno.None;
    }

    private static void Release(Location directory)
    {
        directory.Inode.Release();
        directory.Mount.Release();
    }
}
