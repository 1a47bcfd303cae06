using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Terminals;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

/// <summary>A kernel with its whole tree and one process, whose thread the test is.</summary>
public abstract class RootTestKernel : IDisposable
{
    protected SimulatedMachine Machine { get; } = new();
    protected SimulatedByteChannel Input { get; } = new();
    protected SimulatedByteChannel Output { get; } = new();
    protected SimulatedByteChannel Console { get; } = new();
    protected UserThread Caller { get; }
    protected UserAddress Buffer { get; }

    protected RootTestKernel()
    {
        byte[] archive = new CpioBuilder().Directory("bin").File("bin/program", "#!/bin/sh"u8, mode: 0x81ed).Trailer().ToArray();
        var kernel = new KernelSystem(Machine, new BootInformation
        {
            CommandLine = "quiet"u8.ToArray(),
            Archives = [Machine.LoadArchive(archive)],
            Request = [],
            StandardInput = Input,
            StandardOutput = Output,
            Console = Console,
        });
        (FileSystemContext context, FileTable files) = RootFileSystem.Mount(kernel).Value;
        var process = new Process
        {
            Kernel = kernel,
            ProcessId = kernel.Processes.AllocateId(),
            AddressSpace = AddressSpace.Create(Machine).Value,
            Files = files,
            FileSystem = context,
            Credentials = Credentials.Root,
            Limits = new ResourceLimits(),
            Name = "test (1)"u8.ToArray(),
        };
        using (IExecutableFile program = context.OpenExecutable("/bin/program"u8, Credentials.Root).Value)
        {
            process.AddressSpace.SetProgramFile(program);
        }

        process.ProcessGroupId = process.SessionId = process.ProcessId;
        TerminalSessions.TakeIfFree(kernel.Files.Console!, process);
        Caller = UserThread.Create(process, process.ProcessId).Value;
        kernel.Processes.Add(process);
        kernel.Processes.AddThread(Caller);
        Assert.True(process.TryAddThread(Caller));
        Caller.Context.Activate(process.AddressSpace.PageTable);
        Buffer = process.AddressSpace.Map(default, 65536, PageAccess.Read | PageAccess.Write, PageAccess.Read | PageAccess.Write, MappingOptions.None, null, 0).Value;
        process.ArgumentArea = (Buffer, Buffer + 4);
        Assert.Equal(Errno.None, Caller.Memory.Write(Buffer + 60000, "a\0b\0"u8));
        process.ArgumentArea = (Buffer + 60000, Buffer + 60004);
    }

    public void Dispose()
    {
        Caller.Context.Activate(null);
        Machine.AssertNoThreadFailed();
        GC.SuppressFinalize(this);
    }

    protected int Open(string path, OpenFlags flags = OpenFlags.O_RDONLY)
    {
        SyscallResult result = OpenSyscalls.Open(Caller, Put(path), flags, 0);
        Assert.False(result.IsError, $"{path}: {result.Error}");
        return (int)result.Value;
    }

    protected string ReadFile(string path)
    {
        int fd = Open(path);
        string text = string.Empty;
        while (ReadText(fd, 50000) is { Length: > 0 } part)
        {
            text += part;
        }

        OpenSyscalls.Close(Caller, fd);
        return text;
    }

    protected string ReadText(int fd, int count)
    {
        SyscallResult result = ReadWriteSyscalls.Read(Caller, fd, Buffer, (ulong)count);
        Assert.False(result.IsError, $"{result.Error}");
        var bytes = new byte[result.Value];
        Caller.Memory.Read(Buffer, bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    protected string ReadLink(string path)
    {
        SyscallResult result = NameSyscalls.Readlink(Caller, Put(path), Buffer, 4096);
        Assert.False(result.IsError, $"{path}: {result.Error}");
        var bytes = new byte[result.Value];
        Caller.Memory.Read(Buffer, bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    protected UserAddress Put(string path)
    {
        Caller.Memory.Write(Buffer + 50000, [.. Encoding.Latin1.GetBytes(path), 0]);
        return Buffer + 50000;
    }
}
