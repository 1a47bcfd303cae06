using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

/// <summary>A kernel on a simulated machine with init (process 1) and programs that run on kernel threads of their own.</summary>
internal sealed class ProcessTestKernel : IDisposable
{
    /// <summary>Where each program has some pages of memory, all of them there.</summary>
    public const ulong Data = 0x10_0000;

    /// <summary>How many bytes.</summary>
    public const int DataBytes = 16 * PageSize.Bytes;

    /// <summary>The initial stack pointer: near the end of those pages.</summary>
    public const ulong StackPointer = Data + DataBytes - 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<UserProgram> _clones = new();
    private readonly TmpfsFileSystem _root;
    private readonly FileSystemContext _context;

    /// <param name="commandLine">The kernel's command line.</param>
    /// <param name="totalFrames">How much memory there is.</param>
    /// <param name="processors">How many processors.</param>
    /// <param name="schedule">By whose turns the threads run, once it has begun, with a clock that it moves; null: they run at once.</param>
    public ProcessTestKernel(string commandLine = "", int totalFrames = 2048, int processors = 1, SeededSchedule? schedule = null)
    {
        // Contexts beyond the first are those of clones.
        Machine = new SimulatedMachine(totalFrames, processors, realClock: schedule is null, schedule)
        {
            DefaultScript = context => Continue(context),
        };
        Kernel = new KernelSystem(Machine, new BootInformation { CommandLine = Encoding.ASCII.GetBytes(commandLine), Archives = [], Request = [] });
        _root = new TmpfsFileSystem(Machine, 0x1ed);
        _context = new FileSystemContext(new MountNamespace(_root, MountOptions.None, "tmpfs"u8.ToArray()));
        Init = NewProcess(null);
        Kernel.Processes.Add(Init);
    }

    public SimulatedMachine Machine { get; }

    public KernelSystem Kernel { get; }

    public Process Init { get; }

    /// <summary>Makes the programs of all threads and processes that are cloned and not expected one by one.</summary>
    public Func<UserProgram, IEnumerable<UserExit>>? AnyClone { get; set; }

    /// <summary>Makes the program of the next thread or process that is cloned.</summary>
    public void ExpectClone(Func<UserProgram, IEnumerable<UserExit>> main) => _clones.Enqueue(new UserProgram(main));

    /// <summary>Starts a program in a process of its own, a child of init and leader of a session.</summary>
    public UserThread Start(Func<UserProgram, IEnumerable<UserExit>> main)
    {
        Process process = NewProcess(Init);
        const PageAccess Access = PageAccess.Read | PageAccess.Write;
        Assert.True(process.AddressSpace.Map(new UserAddress(Data), DataBytes, Access, Access, MappingOptions.Fixed | MappingOptions.Populate, null, 0).Succeeded);
        UserThread thread = UserThread.Create(process, process.ProcessId).Value;
        thread.Context.Registers.Rsp = StackPointer;
        ((SimulatedUserContext)thread.Context).Script = new UserProgram(main).Run;
        Assert.True(process.TryAddThread(thread));
        Kernel.Processes.Add(process);
        Kernel.Processes.AddThread(thread);
        Assert.True(Machine.TryStartThread("program", () => thread.RunClone(UserAddress.Null)));
        return thread;
    }

    /// <summary>Runs a program to its end.</summary>
    public WaitStatus Run(Func<UserProgram, IEnumerable<UserExit>> main) => WaitForEnd(Start(main).Process);

    /// <summary>Waits until a process has ended.</summary>
    public WaitStatus WaitForEnd(Process process)
    {
        Until(() => process.IsZombie, "the process ends");
        Machine.AssertNoThreadFailed();
        return process.ExitStatus;
    }

    /// <summary>Waits until all processes but init have ended; those that have not after a while are killed.</summary>
    /// <returns>Whether one had to be.</returns>
    public bool EndAll(TimeSpan patience)
    {
        bool mustKill = !SpinWait.SpinUntil(HaveAllEnded, patience);
        if (mustKill)
        {
            Until(KillAll, "all processes end");
        }

        Machine.AssertNoThreadFailed();
        return mustKill;
    }

    /// <summary>Takes away what outlives the processes: files, and segments of shared memory.</summary>
    public void RemoveFilesAndSegments()
    {
        UserThread caller = UserThread.Create(Init, Init.ProcessId).Value;
        foreach (int id in Kernel.SharedSegments.Ids)
        {
            Kernel.SharedSegments.Remove(caller, id);
        }

        caller.Context.Dispose();
        _root.RemoveMount();
    }

    /// <summary>Waits until a thread sleeps in the kernel.</summary>
    public void WaitUntilParked(UserThread thread) => Until(() => ((SimulatedParker)thread.Parker).IsParked, "the thread sleeps");

    /// <summary>Waits until something holds.</summary>
    public void Until(Func<bool> condition, string what)
    {
        Assert.True(SpinWait.SpinUntil(() => { Machine.AssertNoThreadFailed(); return condition(); }, s_patience), $"never: {what}");
    }

    /// <summary>Releases init, and checks that every frame is back.</summary>
    public void Dispose()
    {
        Init.Files.Release();
        Init.FileSystem.Release();
        Init.AddressSpace.Release();
        _context.Release();
        Machine.AssertNothingLeaked();
    }

    private bool HaveAllEnded() => Kernel.Processes.All.All(process => process == Init || process.IsZombie);

    private bool KillAll()
    {
        foreach (Process process in Kernel.Processes.All)
        {
            if (process != Init && !process.IsZombie)
            {
                process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGKILL));
            }
        }

        Thread.Sleep(1);
        return HaveAllEnded();
    }

    private Process NewProcess(Process? parent)
    {
        int id = Kernel.Processes.AllocateId();
        return new Process
        {
            Kernel = Kernel,
            ProcessId = id,
            Parent = parent,
            AddressSpace = AddressSpace.Create(Machine).Value,
            Files = new FileTable(),
            FileSystem = _context.Clone(),
            Credentials = Credentials.Root,
            Limits = new ResourceLimits(),
            ProcessGroupId = id,
            SessionId = id,
        };
    }

    private UserExit Continue(SimulatedUserContext context)
    {
        if (!_clones.TryDequeue(out UserProgram? program))
        {
            Assert.True(AnyClone is not null, "an unexpected clone");
            program = new UserProgram(AnyClone);
        }

        context.Script = program.Run;
        return program.Run(context);
    }
}
