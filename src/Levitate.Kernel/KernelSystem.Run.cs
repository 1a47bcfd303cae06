using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.FileSystems;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Terminals;

namespace Levitate.Kernel;

/// <content>From power-on to power-off.</content>
public sealed partial class KernelSystem
{
    /// <summary>How long the end waits for the host to take the outcome, in nanoseconds.</summary>
    private const long OutcomeNanoseconds = 10_000_000_000;

    private static readonly byte[][] s_defaultArguments = ["/bin/sh"u8.ToArray()];

    /// <summary>Mounts the root, runs the request to its end, tells the host the status over the control channel, and powers off. Called on the boot thread.</summary>
    public void Run()
    {
        string outcome;
        try
        {
            outcome = RunRequest();
        }
        catch (Exception exception)
        {
            Log.WriteSevere(LogLevel.Critical, $"[BOOT] a kernel bug ends the run: {exception}");
            outcome = Fail(Errno.EIO, $"the kernel failed: {exception.Message}");
        }

        var waiter = new Waiter(Machine.CreateParker(), thread: null);
        Drain(waiter, Boot.StandardOutput);
        Drain(waiter, Boot.StandardError);
        Drain(waiter, Boot.Console);
        if (Boot.Control is { } control)
        {
            WriteAll(waiter, control, Encoding.UTF8.GetBytes(outcome + "\n"));
            Drain(waiter, control);
        }

        Machine.PowerOff();
    }

    /// <summary>Logs a milestone of the run with the guest's time, and for how much of that no CPU had anything to do.</summary>
    internal void LogMilestone(string what) => LogMilestone(new Milestone(what, Machine.Clock.MonotonicNanoseconds, Machine.IdleNanoseconds));

    private void LogMilestone(Milestone milestone)
    {
        if (Options.LogBoot)
        {
            Log.WriteLine($"[BOOT] {milestone.What} at {milestone.Nanoseconds / 1000} us, idle {milestone.IdleNanoseconds / 1000} us");
        }
    }

    private string RunRequest()
    {
        foreach (Milestone earlier in Boot.Milestones)
        {
            LogMilestone(earlier);
        }

        Log.WriteDetail($"{Encoding.ASCII.GetString(SystemNames.KernelName)} {Encoding.ASCII.GetString(SystemNames.Release)} {Encoding.ASCII.GetString(SystemNames.Version)}");
        Log.WriteDetail($"Command line: {Encoding.Latin1.GetString(Boot.CommandLine)}");
        Log.WriteDetail($"{Machine.Processors.Count} processors, {Machine.Frames.TotalFrames * PageSize.Bytes / 1024} KiB of memory");
        LogMilestone("kernel entered");
        if (!ReadRequest().TryGet(out BootRequest request, out Errno error))
        {
            return Fail(error, "the host's request is malformed");
        }

        if (!RootFileSystem.Mount(this).TryGet(out (FileSystemContext Context, FileTable Files) root, out error))
        {
            return Fail(error, "the root file system cannot be mounted");
        }

        LogMilestone("root mounted");
        if (Files.Console is { } console && request.Window is var (rows, columns))
        {
            console.WindowSize = new WindowSize(rows, columns, 0, 0);
        }

        error = root.Context.ChangeDirectory(request.WorkingDirectory, Credentials.Root);
        if (error != Errno.None)
        {
            return Fail(error, $"{LoadRefusal.Display(request.WorkingDirectory)}: cannot change to the working directory");
        }

        if (!CreateFirstProcesses(root.Context, root.Files).TryGet(out UserThread thread, out error))
        {
            return Fail(error, "there is no memory for the first process");
        }

        return RunFirstProgram(thread, request);
    }

    private Result<BootRequest> ReadRequest()
    {
        if (Boot.Request.Length > 0)
        {
            return BootRequest.Parse(Boot.Request);
        }

        return new BootRequest
        {
            Program = s_defaultArguments[0],
            Arguments = s_defaultArguments,
            Environment = [.. DefaultEnvironment()],
            WorkingDirectory = "/"u8.ToArray(),
        };
    }

    private static IEnumerable<byte[]> DefaultEnvironment() =>
        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"u8.ToArray(), "HOME=/root"u8.ToArray(), "TERM=vt100"u8.ToArray()];

    /// <summary>Process 1 is the kernel's own: it has no thread and adopts orphans. Process 2 is the request's, leader of a session of its own.</summary>
    private Result<UserThread> CreateFirstProcesses(FileSystemContext fileSystem, FileTable files)
    {
        if (!AddressSpace.Create(Machine).TryGet(out AddressSpace initSpace, out Errno error)
            || !AddressSpace.Create(Machine).TryGet(out AddressSpace space, out error))
        {
            return error;
        }

        var init = new Process
        {
            Kernel = this,
            ProcessId = Processes.AllocateId(),
            AddressSpace = initSpace,
            Files = new FileTable(),
            FileSystem = fileSystem.Clone(),
            Credentials = Credentials.Root,
            Limits = new ResourceLimits(),
            Name = "init"u8.ToArray(),
            StartNanoseconds = Machine.Clock.MonotonicNanoseconds,
        };
        init.ProcessGroupId = init.ProcessId;
        init.SessionId = init.ProcessId;
        Processes.Add(init);
        var process = new Process
        {
            Kernel = this,
            ProcessId = Processes.AllocateId(),
            Parent = init,
            AddressSpace = space,
            Files = files,
            FileSystem = fileSystem,
            Credentials = Credentials.Root,
            Limits = new ResourceLimits(),
            StartNanoseconds = Machine.Clock.MonotonicNanoseconds,
        };
        process.ProcessGroupId = process.ProcessId;
        process.SessionId = process.ProcessId;
        if (Files.Console is { } console)
        {
            TerminalSessions.TakeIfFree(console, process);
        }

        return UserThread.Create(process, process.ProcessId);
    }

    private string RunFirstProgram(UserThread thread, BootRequest request)
    {
        Process process = thread.Process;
        Processes.Add(process);
        Processes.AddThread(thread);
        process.TryAddThread(thread);
        LoadRefusal? refusal = null;
        void Body() => thread.RunFirst(() =>
        {
            refusal = ProgramLookup.Execute(thread, request);
            LogMilestone("first user instruction");
            return refusal is null;
        });

        if (!Machine.TryStartThread("first", Body))
        {
            return Fail(Errno.ENOMEM, "there is no memory for the first thread");
        }

        using (var wait = new WaitScope(new Waiter(Machine.CreateParker(), thread: null)))
        {
            wait.Add(Processes.Init!.ChildEvents);
            while (!process.IsZombie)
            {
                wait.Sleep();
            }
        }

        LogMilestone("program ended");
        WaitStatus status = process.ExitStatus;
        return refusal is not null ? $"error {(int)refusal.Errno} {refusal.Sentence}"
            : status.HasExited ? $"exit {status.ExitCode}"
            : $"signal {status.Signal}";
    }

    /// <summary>The outcome of a run that came to nothing before its program was looked for.</summary>
    private static string Fail(Errno error, string sentence) => $"fail {(int)error} {sentence}";

    /// <summary>Waits until the host has taken what was written, however slowly its reader reads, or has closed its side.</summary>
    private static void Drain(Waiter waiter, IByteChannel? channel)
    {
        if (channel is null)
        {
            return;
        }

        var changed = new WaitQueue();
        changed.WakeOnChange(channel);
        using var wait = new WaitScope(waiter);
        wait.Add(changed);
        while (!channel.IsDrained && !channel.IsInputClosed && wait.Sleep() == Errno.None)
        {
        }
    }

    private void WriteAll(Waiter waiter, IByteChannel channel, ReadOnlySpan<byte> bytes)
    {
        var changed = new WaitQueue();
        changed.WakeOnChange(channel);
        long deadline = Machine.Clock.MonotonicNanoseconds + OutcomeNanoseconds;
        using var wait = new WaitScope(waiter);
        wait.Add(changed);
        while (true)
        {
            bytes = bytes[channel.Write(bytes)..];
            if (bytes.IsEmpty || wait.Sleep(deadline) != Errno.None)
            {
                return;
            }
        }
    }
}
