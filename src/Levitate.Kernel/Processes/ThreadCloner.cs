using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>Makes threads and processes out of the calling one.</summary>
internal static class ThreadCloner
{
    private const CloneFlags Known = CloneFlags.CLONE_VM | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_PTRACE
        | CloneFlags.CLONE_VFORK | CloneFlags.CLONE_PARENT | CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SYSVSEM | CloneFlags.CLONE_SETTLS
        | CloneFlags.CLONE_PARENT_SETTID | CloneFlags.CLONE_CHILD_CLEARTID | CloneFlags.CLONE_DETACHED | CloneFlags.CLONE_UNTRACED
        | CloneFlags.CLONE_CHILD_SETTID | CloneFlags.CLONE_IO | CloneFlags.CLONE_CLEAR_SIGHAND | CloneFlags.CLONE_PIDFD;

    private const CloneFlags ThreadNeeds = CloneFlags.CLONE_VM | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_FILES | CloneFlags.CLONE_FS;

    private const int NoFile = -1;

    /// <summary>Makes a thread or a process and starts it.</summary>
    /// <returns>Its ID, or the error.</returns>
    internal static SyscallResult Clone(UserThread caller, in CloneRequest request)
    {
        Errno error = Check(caller, request);
        if (error != Errno.None)
        {
            return error;
        }

        return request.Has(CloneFlags.CLONE_THREAD) ? CloneThread(caller, request) : CloneProcess(caller, request);
    }

    private static Errno Check(UserThread caller, in CloneRequest request)
    {
        bool isThread = request.Has(CloneFlags.CLONE_THREAD);
        if ((request.Flags & ~Known) != 0
            || (isThread && (request.Flags & ThreadNeeds) != ThreadNeeds)
            || (!isThread && request.Has(CloneFlags.CLONE_SIGHAND))
            || (request.Has(CloneFlags.CLONE_PIDFD) && (isThread || request.Has(CloneFlags.CLONE_DETACHED)))
            || (request.Has(CloneFlags.CLONE_PARENT) && caller.Process.Parent == caller.Kernel.Processes.Init))
        {
            return Errno.EINVAL;
        }

        if (request.Has(CloneFlags.CLONE_SETTLS) && !UserLayout.IsUserRange(request.ThreadPointer, 1))
        {
            return Errno.EPERM;
        }

        if (caller.Kernel.Processes.ThreadCount >= caller.Kernel.Processes.MaximumThreads)
        {
            return Errno.EAGAIN;
        }

        // Not the last word: others may fork before this thread's child is counted. It spares what is in vain.
        if (IsPastLimit(caller, caller, more: 1))
        {
            return Errno.EAGAIN;
        }

        caller.ForgetThreadLimit();
        return Errno.None;
    }

    /// <summary>Whether there are more threads than RLIMIT_NPROC where one is counted, with so many more.</summary>
    private static bool IsPastLimit(UserThread caller, UserThread counted, int more)
    {
        ulong limit = caller.Process.Limits[ResourceLimitKind.RLIMIT_NPROC].Soft;
        bool isPrivileged = caller.Credentials.RealUserId == 0 || caller.Credentials.Has(Capability.CAP_SYS_RESOURCE) || caller.Credentials.Has(Capability.CAP_SYS_ADMIN);
        return !isPrivileged && Volatile.Read(ref counted.Account) is { } account && (ulong)(account.Threads + more) > limit;
    }

    private static SyscallResult CloneThread(UserThread caller, in CloneRequest request)
    {
        Process process = caller.Process;
        ProcessTable table = caller.Kernel.Processes;
        int id = table.AllocateId();
        if (id == 0)
        {
            return Errno.EAGAIN;
        }

        if (!CreateThread(caller, process, id, request).TryGet(out UserThread thread, out Errno error))
        {
            return error;
        }

        table.AddThread(thread, caller);
        if (!process.TryAddThread(thread, caller))
        {
            table.RemoveThread(thread);
            thread.Context.Dispose();
            return Errno.ERESTARTNOINTR;
        }

        thread.ShareFileSystem(caller);
        if (IsPastLimit(caller, thread, more: 0) || !Begin(caller, thread, request))
        {
            thread.ReleaseFileSystem();
            process.RemoveUnborn(thread);
            table.RemoveThread(thread);
            thread.Context.Dispose();
            return Errno.EAGAIN;
        }

        return id;
    }

    private static SyscallResult CloneProcess(UserThread caller, in CloneRequest request)
    {
        ProcessTable table = caller.Kernel.Processes;
        int id = table.AllocateId();
        if (id == 0)
        {
            return Errno.EAGAIN;
        }

        if (!CreateProcess(caller, id, request).TryGet(out Process process, out Errno error))
        {
            return error;
        }

        if (!CreateThread(caller, process, id, request).TryGet(out UserThread thread, out error))
        {
            Abandon(process);
            return error;
        }

        error = Enter(caller, process, thread, request);
        if (error == Errno.None)
        {
            WaitQueue? vforkDone = request.Has(CloneFlags.CLONE_VFORK) ? new WaitQueue() : null;
            process.VforkDone = vforkDone;
            error = Begin(caller, process, thread, request);
            if (error == Errno.None)
            {
                WaitForVfork(caller, process, vforkDone);
                return id;
            }
        }

        thread.Context.Dispose();
        Abandon(process);
        return error;
    }

    /// <summary>Makes a process somebody's child, and known. ERESTARTNOINTR where the caller has a signal to take first: one to the whole group, which would miss the child.</summary>
    private static Errno Enter(UserThread caller, Process process, UserThread thread, in CloneRequest request)
    {
        Process creator = caller.Process;
        ProcessTable table = caller.Kernel.Processes;
        bool isSibling = request.Has(CloneFlags.CLONE_PARENT);
        using (isSibling ? table.Families.EnterOfParent(creator) : table.Families.Enter(creator))
        {
            if (caller.HasPendingSignal)
            {
                return Errno.ERESTARTNOINTR;
            }

            process.Parent = isSibling ? creator.Parent : creator;
            process.ParentThread = isSibling ? creator.ParentThread : caller;
            process.ProcessGroupId = creator.ProcessGroupId;
            process.SessionId = creator.SessionId;
            process.ControllingTerminal = creator.ControllingTerminal;
            process.TryAddThread(thread);
            table.Add(process);
            table.AddThread(thread, caller);
            return Errno.None;
        }
    }

    /// <summary>Tells the caller's memory of a new thread and starts it; false: there is no memory for that.</summary>
    private static bool Begin(UserThread caller, UserThread thread, in CloneRequest request)
    {
        StoreParentThreadId(caller, thread.ThreadId, request);
        return Start(thread, request);
    }

    /// <summary>Tells the caller's memory of a new process and starts it; takes it back where that fails.</summary>
    private static Errno Begin(UserThread caller, Process process, UserThread thread, in CloneRequest request)
    {
        int processFile = NoFile;
        Errno error = IsPastLimit(caller, thread, more: 0) ? Errno.EAGAIN
            : request.Has(CloneFlags.CLONE_PIDFD) ? OpenProcessFile(caller, process, request.PidFd, out processFile)
            : Errno.None;
        if (error == Errno.None && Begin(caller, thread, request))
        {
            return Errno.None;
        }

        if (processFile != NoFile)
        {
            caller.Files.Close(processFile);
        }

        process.RemoveUnborn(thread);
        caller.Kernel.Processes.RemoveUnborn(process);
        return error != Errno.None ? error : Errno.EAGAIN;
    }

    private static Result<Process> CreateProcess(UserThread caller, int id, in CloneRequest request)
    {
        Process parent = caller.Process;
        AddressSpace space;
        if (request.Has(CloneFlags.CLONE_VM))
        {
            space = parent.AddressSpace;
            space.AddReference();
            parent.MemoryIsShared = true;
        }
        else if (!parent.AddressSpace.Fork().TryGet(out space, out Errno error))
        {
            return error;
        }

        try
        {
            return CreateProcess(caller, id, request, space);
        }
        catch (OutOfMemoryException)
        {
            space.Release();
            throw;
        }
    }

    private static Process CreateProcess(UserThread caller, int id, in CloneRequest request, AddressSpace space)
    {
        Process parent = caller.Process;
        bool sharesFiles = request.Has(CloneFlags.CLONE_FILES);
        FileTable files = parent.Files;
        if (sharesFiles)
        {
            files.AddReference();
            files.BeginSharing();
            parent.FilesAreShared = true;
        }
        else
        {
            files = files.Clone();
        }

        FileSystemContext fileSystem = caller.FileSystem;
        if (request.Has(CloneFlags.CLONE_FS))
        {
            fileSystem.AddReference();
        }
        else
        {
            fileSystem = fileSystem.Clone();
        }

        var process = new Process
        {
            Kernel = caller.Kernel,
            ProcessId = id,
            AddressSpace = space,
            Files = files,
            FileSystem = fileSystem,
            Credentials = caller.Credentials,
            Limits = new ResourceLimits(parent.Limits),

            // A sibling's end is told as the caller's will be: both have the same parent.
            ExitSignal = request.Has(CloneFlags.CLONE_PARENT) ? parent.ExitSignal : request.ExitSignal,
            FilesAreShared = sharesFiles,
            MemoryIsShared = request.Has(CloneFlags.CLONE_VM),
            StartNanoseconds = caller.Process.Machine.Clock.MonotonicNanoseconds,
        };
        process.InheritAttributes(parent);
        process.Name = caller.Name;
        process.Signals.CopyActions(parent.Signals);
        if (request.Has(CloneFlags.CLONE_CLEAR_SIGHAND))
        {
            process.Signals.ResetCaught();
        }

        return process;
    }

    private static void Abandon(Process process)
    {
        process.Files.Release();
        process.FileSystem.Release();
        process.AddressSpace.Release();
    }

    private static Result<UserThread> CreateThread(UserThread caller, Process process, int id, in CloneRequest request)
    {
        if (!UserThread.Create(process, id).TryGet(out UserThread thread, out Errno error))
        {
            return error;
        }

        if (process == caller.Process)
        {
            thread.InheritCredentials(caller);
            thread.Name = caller.Name;
        }

        ref UserRegisters registers = ref thread.Context.Registers;
        registers = caller.Context.Registers;
        registers.Rax = 0;
        if (request.StackPointer != 0)
        {
            registers.Rsp = request.StackPointer;
        }

        thread.Context.GsBase = caller.Context.GsBase;
        if (request.Has(CloneFlags.CLONE_SETTLS))
        {
            registers.FsBase = request.ThreadPointer;
        }

        if (request.Has(CloneFlags.CLONE_CHILD_CLEARTID))
        {
            thread.ClearChildThreadId = request.ChildThreadId;
        }

        caller.Context.VectorState.CopyTo(thread.Context.VectorState);
        thread.InheritTerms(caller, request.Has(CloneFlags.CLONE_IO));
        if (!request.Has(CloneFlags.CLONE_VM))
        {
            thread.Sequence = caller.Sequence;
        }

        thread.Signals.Inherit(caller.Signals, keepsAlternateStack: !request.Has(CloneFlags.CLONE_VM) || request.Has(CloneFlags.CLONE_VFORK));
        return thread;
    }

    /// <summary>CLONE_PARENT_SETTID. As on Linux a fault there is no error.</summary>
    private static void StoreParentThreadId(UserThread caller, int id, in CloneRequest request)
    {
        if (request.Has(CloneFlags.CLONE_PARENT_SETTID))
        {
            _ = caller.Memory.Write(request.ParentThreadId, id);
        }
    }

    private static Errno OpenProcessFile(UserThread caller, Process process, UserAddress address, out int descriptor)
    {
        SyscallResult result = OpenSyscalls.Install(caller, ProcessFileDescription.Create(process, OpenFlags.O_RDONLY), closeOnExec: true);
        descriptor = result.IsError ? NoFile : (int)result.Value;
        return result.IsError ? result.Error : caller.Memory.Write(address, descriptor);
    }

    private static bool Start(UserThread thread, in CloneRequest request)
    {
        UserAddress store = request.Has(CloneFlags.CLONE_CHILD_SETTID) ? request.ChildThreadId : UserAddress.Null;
        return thread.Kernel.Machine.TryStartThread("user", () => thread.RunClone(store));
    }

    private static void WaitForVfork(UserThread caller, Process child, WaitQueue? done)
    {
        if (done is null)
        {
            return;
        }

        using var wait = new WaitScope(caller);
        wait.Add(done);
        while (child.VforkDone == done && wait.SleepKillable() == Errno.None)
        {
        }
    }
}
