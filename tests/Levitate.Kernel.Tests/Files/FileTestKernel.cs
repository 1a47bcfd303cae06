using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.Files;

/// <summary>A kernel with an empty root whose file system calls can be written like a program's: paths as text, buffers as arrays.</summary>
internal sealed class FileTestKernel : IDisposable
{
    private const int ScratchSize = 65536;
    private readonly SimulatedKernel _kernel;
    private readonly UserAddress _scratch;
    private readonly UserAddress _second;

    public FileTestKernel(int totalFrames = 1024)
    {
        _kernel = new SimulatedKernel(new SimulatedMachine(totalFrames));
        if (!Caller.Process.TryAddThread(Caller))
        {
            throw new InvalidOperationException("a new process takes a thread");
        }

        _scratch = _kernel.Map(ScratchSize);
        _second = _kernel.Map(8192);

        // All of it gets its frames now, so that tests can count those of files.
        Require(Caller.Memory.Write(_scratch, new byte[ScratchSize]));
        Require(Caller.Memory.Write(_second, new byte[8192]));
    }

    public SimulatedMachine Machine => _kernel.Machine;

    public KernelSystem System => _kernel.System;

    public UserThread Caller => _kernel.Caller;

    public TmpfsFileSystem Root => _kernel.Root;

    public SimulatedKernel Simulated => _kernel;

    /// <summary>User memory to be used freely until the next call with an array.</summary>
    public UserAddress Scratch => _scratch;

    public UserAddress Path(string path) => Put(_scratch, path);

    public UserAddress SecondPath(string path) => Put(_second, path);

    public int Open(string path, OpenFlags flags = OpenFlags.O_RDONLY, uint mode = 0x1b6) =>
        (int)OpenSyscalls.Open(Caller, Path(path), flags, mode).Value;

    public Errno OpenError(string path, OpenFlags flags = OpenFlags.O_RDONLY, uint mode = 0x1b6)
    {
        SyscallResult result = OpenSyscalls.Open(Caller, Path(path), flags, mode);
        if (!result.IsError)
        {
            Close((int)result.Value);
        }

        return result.Error;
    }

    public void Close(int fd) => Check(OpenSyscalls.Close(Caller, fd));

    public void Create(string path, string content = "", uint mode = 0x1b6)
    {
        int fd = (int)Check(OpenSyscalls.Open(Caller, Path(path), OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, mode));
        Check(Write(fd, Encoding.Latin1.GetBytes(content)));
        Close(fd);
    }

    public void MakeDirectory(string path, uint mode = 0x1ff) => Check(NameSyscalls.Mkdir(Caller, Path(path), mode));

    public void Symlink(string target, string path) => Check(NameSyscalls.Symlink(Caller, Path(target), SecondPath(path)));

    public Errno Rename(string from, string to, RenameFlags flags = RenameFlags.None) =>
        RenameSyscalls.Renameat2(Caller, PathArguments.AT_FDCWD, Path(from), PathArguments.AT_FDCWD, SecondPath(to), flags).Error;

    public Errno Link(string from, string to) => NameSyscalls.Link(Caller, Path(from), SecondPath(to)).Error;

    public Errno Unlink(string path) => NameSyscalls.Unlink(Caller, Path(path)).Error;

    public Errno RemoveDirectory(string path) => NameSyscalls.Rmdir(Caller, Path(path)).Error;

    public Errno ChangeDirectory(string path) => DirectorySyscalls.Chdir(Caller, Path(path)).Error;

    public SyscallResult Write(int fd, ReadOnlySpan<byte> bytes)
    {
        Require(Caller.Memory.Write(_scratch, bytes));
        return ReadWriteSyscalls.Write(Caller, fd, _scratch, (ulong)bytes.Length);
    }

    public byte[] Read(int fd, int count)
    {
        long got = Check(ReadWriteSyscalls.Read(Caller, fd, _scratch, (ulong)count));
        var bytes = new byte[got];
        Require(Caller.Memory.Read(_scratch, bytes));
        return bytes;
    }

    public string ReadText(string path)
    {
        int fd = (int)Check(OpenSyscalls.Open(Caller, Path(path), OpenFlags.O_RDONLY, 0));
        var text = new StringBuilder();
        while (Read(fd, ScratchSize) is { Length: > 0 } part)
        {
            text.Append(Encoding.Latin1.GetString(part));
        }

        Close(fd);
        return text.ToString();
    }

    public string WorkingDirectory()
    {
        long length = Check(DirectorySyscalls.Getcwd(Caller, _scratch, ScratchSize));
        var bytes = new byte[length - 1];
        Require(Caller.Memory.Read(_scratch, bytes));
        return Encoding.Latin1.GetString(bytes);
    }

    public string ReadLink(string path)
    {
        long length = Check(NameSyscalls.Readlink(Caller, Path(path), _second, 4096));
        var bytes = new byte[length];
        Require(Caller.Memory.Read(_second, bytes));
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>A page of user memory behind which nothing is mapped.</summary>
    public UserAddress LonePage()
    {
        UserAddress pages = _kernel.Map(8192);
        Require(_kernel.Space.Unmap(pages + 4096, 4096));
        return pages;
    }

    /// <summary>The names in a directory in the order in which getdents64 gives them.</summary>
    public List<string> List(string path, uint bufferSize = 512)
    {
        int fd = (int)Check(OpenSyscalls.Open(Caller, Path(path), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0));
        var names = new List<string>();
        while (true)
        {
            long got = Check(DirectorySyscalls.Getdents64(Caller, fd, _scratch, bufferSize));
            if (got == 0)
            {
                break;
            }

            var bytes = new byte[got];
            Require(Caller.Memory.Read(_scratch, bytes));
            for (int at = 0; at < got; at += BitConverter.ToUInt16(bytes, at + 16))
            {
                int end = Array.IndexOf(bytes, (byte)0, at + 19);
                names.Add(Encoding.Latin1.GetString(bytes, at + 19, end - at - 19));
            }
        }

        Close(fd);
        return names;
    }

    public FileStatus Stat(string path)
    {
        Check(StatusSyscalls.Lstat(Caller, Path(path), _second));
        return Caller.Memory.Read<FileStatus>(_second).Value;
    }

    public Errno StatError(string path) => StatusSyscalls.Stat(Caller, Path(path), _second).Error;

    /// <summary>Runs as an unprivileged user.</summary>
    public void Become(uint user, uint group = 100) => Caller.Process.Credentials = Credentials.Root with
    {
        RealUserId = user,
        EffectiveUserId = user,
        SavedUserId = user,
        FileSystemUserId = user,
        RealGroupId = group,
        EffectiveGroupId = group,
        SavedGroupId = group,
        FileSystemGroupId = group,
        EffectiveCapabilities = user == 0 ? Credentials.Root.EffectiveCapabilities : 0,
        PermittedCapabilities = user == 0 ? Credentials.Root.PermittedCapabilities : 0,
    };

    public static long Check(SyscallResult result) => result.IsError ? throw new InvalidOperationException($"the call failed: {result.Error}") : result.Value;

    /// <summary>Removes everything below a directory.</summary>
    public void Clear(string path = "/")
    {
        foreach (string name in List(path))
        {
            string child = path.TrimEnd('/') + "/" + name;
            if (name is "." or "..")
            {
                continue;
            }

            if ((Stat(child).Mode & FileMode.S_IFMT) == FileMode.S_IFDIR)
            {
                Clear(child);
                Require(RemoveDirectory(child));
            }
            else
            {
                Require(Unlink(child));
            }
        }
    }

    /// <summary>Empties the tree and checks that no frame is left.</summary>
    public void Dispose()
    {
        Become(0);
        Require(ChangeDirectory("/"));
        Clear();
        _kernel.Dispose();
        _kernel.Machine.AssertNothingLeaked();
    }

    private UserAddress Put(UserAddress address, string path)
    {
        Require(Caller.Memory.Write(address, [.. Encoding.Latin1.GetBytes(path), 0]));
        return address;
    }

    private static void Require(Errno error)
    {
        if (error != Errno.None)
        {
            throw new InvalidOperationException($"the call failed: {error}");
        }
    }
}
