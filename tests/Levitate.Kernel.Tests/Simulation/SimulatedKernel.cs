using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// A kernel on a simulated machine with an empty tmpfs as its root and one process with one thread, for tests that call
/// the handlers of system calls: the calling host thread is the thread, user memory is its address space.
/// </summary>
public sealed class SimulatedKernel : IDisposable
{
    /// <summary>Makes the kernel, process and thread, and activates its address space on the calling host thread.</summary>
    public SimulatedKernel(SimulatedMachine? machine = null)
    {
        Machine = machine ?? new SimulatedMachine();
        System = new KernelSystem(Machine, new BootInformation { CommandLine = [], Archives = [], Request = [] });
        Root = new TmpfsFileSystem(Machine, 0x1ed);
        Caller = CreateProcess();
        Caller.Context.Activate(Caller.Process.AddressSpace.PageTable);
    }

    /// <summary>The machine.</summary>
    public SimulatedMachine Machine { get; }

    /// <summary>The kernel.</summary>
    public KernelSystem System { get; }

    /// <summary>The root file system.</summary>
    public TmpfsFileSystem Root { get; }

    /// <summary>The thread that calls.</summary>
    public UserThread Caller { get; }

    /// <summary>Its memory.</summary>
    public AddressSpace Space => Caller.Process.AddressSpace;

    /// <summary>Another process with a thread of its own.</summary>
    public UserThread CreateProcess()
    {
        var mounts = new MountNamespace(Root, MountOptions.None, "tmpfs"u8.ToArray());
        int id = System.Processes.AllocateId();
        var process = new Process
        {
            Kernel = System,
            ProcessId = id,
            AddressSpace = AddressSpace.Create(Machine).Value,
            Files = new FileTable(),
            FileSystem = new FileSystemContext(mounts),
            Credentials = Credentials.Root,
            Limits = new ResourceLimits(),
        };
        return UserThread.Create(process, id).Value;
    }

    /// <summary>Opens a new regular file that has no name.</summary>
    public int OpenNewFile(ReadOnlySpan<byte> content, OpenFlags flags)
    {
        var inode = new RegularInode(Root, Root.NextNumber(), 0x1a4, 0, 0, linkCount: 1);
        inode.Pages.Write(0, content);
        var location = new Location(Caller.FileSystem.Root.Mount, new Dentry(null, "file"u8.ToArray(), inode));
        FileDescription description = inode.Open(location, flags, Caller).Value;
        inode.Release();
        return Caller.Files.Add(description, closeOnExec: false, limit: 1024).Value;
    }

    /// <summary>Maps fresh anonymous memory of the caller that can be read and written.</summary>
    public UserAddress Map(int bytes)
    {
        const PageAccess Access = PageAccess.Read | PageAccess.Write;
        return Space.Map(default, (ulong)bytes, Access, Access, MappingOptions.None, null, 0).Value;
    }

    /// <summary>Puts a structure or bytes into fresh memory of the caller.</summary>
    public UserAddress Put(ReadOnlySpan<byte> bytes)
    {
        UserAddress address = Map(Math.Max(bytes.Length, 1));
        if (Caller.Memory.Write(address, bytes) != Errno.None)
        {
            throw new InvalidOperationException("the simulated memory is full");
        }

        return address;
    }

    /// <summary>Closes the files and releases the memory of the caller.</summary>
    public void Dispose()
    {
        Caller.Context.Activate(null);
        Caller.Files.Release();
        Space.Release();
        Caller.Context.Dispose();
    }
}
