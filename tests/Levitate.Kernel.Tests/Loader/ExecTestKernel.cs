using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A kernel on a simulated machine with a tmpfs root and one process whose thread the test drives.</summary>
internal sealed class ExecTestKernel : IDisposable
{
    private readonly TmpfsFileSystem _root;
    private readonly List<RegularInode> _files = [];

    public ExecTestKernel(int totalFrames = 1024, string commandLine = "log=exec")
    {
        Machine = new SimulatedMachine(totalFrames);
        Kernel = new KernelSystem(Machine, new BootInformation { CommandLine = Encoding.ASCII.GetBytes(commandLine), Archives = [], Request = [] });
        _root = new TmpfsFileSystem(Machine, 0x1ed);
        var context = new FileSystemContext(new MountNamespace(_root, MountOptions.None, "tmpfs"u8.ToArray()));
        var init = NewProcess(null, context.Clone());
        Kernel.Processes.Add(init);
        var process = NewProcess(init, context);
        Thread = UserThread.Create(process, process.ProcessId).Value;
        Kernel.Processes.Add(process);
        Kernel.Processes.AddThread(Thread);
        Assert.True(process.TryAddThread(Thread));
        Thread.Context.Activate(process.AddressSpace.PageTable);
        FreeFrames = Machine.Frames.FreeFrames;
    }

    public SimulatedMachine Machine { get; }

    public KernelSystem Kernel { get; }

    public UserThread Thread { get; }

    public Process Process => Thread.Process;

    /// <summary>Frames that were free before the first file.</summary>
    public long FreeFrames { get; }

    public LoadRefusal? LastRefusal { get; private set; }

    /// <summary>Puts a file in the root directory.</summary>
    public void Add(string name, byte[] content, uint mode = 0x1ed, uint user = 0, uint group = 0)
    {
        Dentry file = ((DirectoryInode)_root.Root.Inode).Create(_root.Root, Encoding.ASCII.GetBytes(name), new NewFile(FileMode.S_IFREG | mode, user, group)).Value;
        var inode = (RegularInode)file.Inode;
        Assert.Equal(content.Length, content.Length == 0 ? 0 : inode.Pages.Write(0, content).Value);
        _files.Add(inode);
    }

    /// <summary>Makes a directory in the root directory.</summary>
    public void AddDirectory(string name) =>
        Assert.True(((DirectoryInode)_root.Root.Inode).Create(_root.Root, Encoding.ASCII.GetBytes(name), new NewFile(FileMode.S_IFDIR | 0x1ed, 0, 0)).Succeeded);

    /// <summary>Executes a file with its path for argv[0].</summary>
    public Errno Execute(string path, params string[] arguments)
    {
        Errno error = ProgramLoader.Execute(Thread, Bytes(path), [Bytes(path), .. arguments.Select(Bytes)], [Bytes("A=1")], out LoadRefusal? refusal);
        LastRefusal = refusal;
        Assert.Equal(error, refusal?.Errno ?? Errno.None);
        return error;
    }

    /// <summary>Puts a string into a fresh page of user memory.</summary>
    public UserAddress PutString(string text)
    {
        const PageAccess access = PageAccess.Read | PageAccess.Write;
        UserAddress page = Process.AddressSpace.Map(UserAddress.Null, PageSize.Bytes, access, access, MappingOptions.None, null, 0).Value;
        Assert.Equal(Errno.None, Thread.Memory.Write(page, Bytes(text + "\0")));
        return page;
    }

    /// <summary>The stack as the thread would see it.</summary>
    public StackImage ReadStack()
    {
        ulong pointer = Thread.Context.Registers.Rsp;
        byte[] bytes = new byte[UserLayout.StackTop - pointer];
        Assert.Equal(Errno.None, Thread.Memory.Read(new UserAddress(pointer), bytes));
        return new StackImage(bytes, pointer);
    }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public void Dispose()
    {
        Thread.Context.Activate(null);
        Process.AddressSpace.Release();
        Process.Files.Release();
        foreach (RegularInode file in _files)
        {
            file.Pages.Dispose();
        }

        Kernel.Processes.Init!.AddressSpace.Release();
        Machine.AssertNothingLeaked();
    }

    private Process NewProcess(Process? parent, FileSystemContext context) => new()
    {
        Kernel = Kernel,
        ProcessId = Kernel.Processes.AllocateId(),
        Parent = parent,
        AddressSpace = AddressSpace.Create(Machine).Value,
        Files = new FileTable(),
        FileSystem = context,
        Credentials = Credentials.Root,
        Limits = new ResourceLimits(),
    };
}
