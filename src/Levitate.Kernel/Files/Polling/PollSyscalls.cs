using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Polling;

/// <summary>poll and ppoll.</summary>
internal static class PollSyscalls
{
    /// <summary>Up to this many entries lie on the stack: a KiB.</summary>
    private const int StackEntries = 128;

    /// <summary>Waits for one of several files to be ready.</summary>
    [Syscall(7)]
    internal static SyscallResult Poll(UserThread caller, UserAddress entries, uint count, int milliseconds) =>
        Poll(caller, entries, count, PollTimeout.FromMilliseconds(caller, milliseconds));

    /// <summary>Like poll, with a time in nanoseconds and a signal mask for the wait.</summary>
    /// <remarks>Linux: ppoll(2). The kernel's own call stores the time that is left.</remarks>
    [Syscall(271)]
    internal static SyscallResult Ppoll(UserThread caller, UserAddress entries, uint count, UserAddress timeout, UserAddress mask, ulong maskSize)
    {
        if (!PollTimeout.Read(caller, timeout).TryGet(out PollTimeout time, out Errno error))
        {
            return error;
        }

        error = PollMask.Set(caller, mask, maskSize);
        if (error != Errno.None)
        {
            return error;
        }

        SyscallResult result = Poll(caller, entries, count, time);
        PollMask.End(caller, mask, result);
        time.StoreRest(caller, timeout);
        return result;
    }

    private static SyscallResult Poll(UserThread caller, UserAddress address, uint count, PollTimeout timeout)
    {
        if (count > caller.Process.Limits.OpenFiles)
        {
            return Errno.EINVAL;
        }

        Span<PollEntry> entries = count <= StackEntries ? stackalloc PollEntry[(int)count] : new PollEntry[count];
        Errno error = caller.Memory.Read(address, MemoryMarshal.AsBytes(entries));
        if (error != Errno.None)
        {
            return error;
        }

        Result<int> ready = Wait(caller, entries, timeout);
        if (!ready.TryGet(out int found, out error))
        {
            return error;
        }

        error = caller.Memory.Write(address, MemoryMarshal.AsBytes(entries));
        return error != Errno.None ? error : found;
    }

    /// <summary>Where nothing is ready a signal comes before the end of the time, even of none: the mask of the call's own may have let it in.</summary>
    private static Result<int> Outcome(UserThread caller, int found) => found == 0 && caller.HasPendingSignal ? Errno.ERESTARTNOHAND : found;

    /// <summary>Fills in what is ready; waits where nothing is.</summary>
    /// <returns>How many entries have something; 0 past the deadline; ERESTARTNOHAND for a signal.</returns>
    internal static Result<int> Wait(UserThread caller, Span<PollEntry> entries, PollTimeout timeout)
    {
        int found = Look(caller, entries, default, isWatching: false);
        if (found > 0 || timeout.IsZero)
        {
            return Outcome(caller, found);
        }

        using var wait = new WaitScope(caller);
        found = Look(caller, entries, wait, isWatching: true);
        while (found == 0)
        {
            Errno error = wait.Sleep(timeout.Deadline);
            if (error == Errno.ETIMEDOUT)
            {
                return Outcome(caller, Look(caller, entries, default, isWatching: false));
            }

            if (error != Errno.None)
            {
                return Errno.ERESTARTNOHAND;
            }

            found = Look(caller, entries, default, isWatching: false);
        }

        return found;
    }

    private static int Look(UserThread caller, Span<PollEntry> entries, in WaitScope wait, bool isWatching)
    {
        const PollEvents Always = PollEvents.POLLERR | PollEvents.POLLHUP | PollEvents.POLLNVAL;
        int found = 0;
        foreach (ref PollEntry entry in entries)
        {
            entry.Found = PollEvents.None;
            if (entry.Descriptor < 0)
            {
                continue;
            }

            BorrowedFile file = Syscalls.Transfer.Borrow(caller, entry.Descriptor);
            if (file.Description is not { } description)
            {
                entry.Found = PollEvents.POLLNVAL;
                found++;
                continue;
            }

            if (isWatching)
            {
                Watch(caller, wait, description);
            }

            entry.Found = description.GetReadiness(caller) & (entry.Wanted | Always);
            found += entry.Found != PollEvents.None ? 1 : 0;

            // A queue lives on after its file is closed; whoever waits there is then merely not woken, as on Linux.
            file.GiveBack();
        }

        return found;
    }

    private static void Watch(UserThread caller, in WaitScope wait, FileDescription file)
    {
        WaitQueue? reads = file.GetReadQueue(caller);
        if (reads is not null)
        {
            wait.Add(reads);
        }

        if (file.WriteQueue is { } writes && writes != reads)
        {
            wait.Add(writes);
        }
    }
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public PollEvents Wanted;
    public PollEvents Found;
}
