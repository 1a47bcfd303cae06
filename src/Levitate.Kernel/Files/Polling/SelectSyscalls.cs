using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Polling;

/// <summary>select and pselect6: poll in another form.</summary>
internal static class SelectSyscalls
{
    private const PollEvents ReadEvents = PollEvents.Readable | PollEvents.POLLRDBAND | PollEvents.POLLHUP | PollEvents.POLLERR;
    private const PollEvents WriteEvents = PollEvents.Writable | PollEvents.POLLWRBAND | PollEvents.POLLERR;
    private const PollEvents ExceptEvents = PollEvents.POLLPRI;

    /// <summary>Waits for one of several files to be ready; stores the time that is left.</summary>
    [Syscall(23)]
    internal static SyscallResult Select(UserThread caller, int count, UserAddress reads, UserAddress writes, UserAddress excepts, UserAddress timeout)
    {
        if (!PollTimeout.Read(caller, timeout, inMicroseconds: true).TryGet(out PollTimeout time, out Errno error))
        {
            return error;
        }

        SyscallResult result = Select(caller, count, reads, writes, excepts, time);
        time.StoreRest(caller, timeout, inMicroseconds: true);
        return result;
    }

    /// <summary>Like select, with a time in nanoseconds and a signal mask for the wait.</summary>
    [Syscall(270)]
    internal static SyscallResult Pselect6(UserThread caller, int count, UserAddress reads, UserAddress writes, UserAddress excepts, UserAddress timeout, UserAddress maskArgument)
    {
        if (!PollTimeout.Read(caller, timeout).TryGet(out PollTimeout time, out Errno error))
        {
            return error;
        }

        MaskArgument mask = default;
        if (!maskArgument.IsNull && !caller.Memory.Read<MaskArgument>(maskArgument).TryGet(out mask, out error))
        {
            return error;
        }

        error = PollMask.Set(caller, new UserAddress(mask.Address), mask.Size);
        if (error != Errno.None)
        {
            return error;
        }

        SyscallResult result = Select(caller, count, reads, writes, excepts, time);
        PollMask.End(caller, new UserAddress(mask.Address), result);
        time.StoreRest(caller, timeout);
        return result;
    }

    private static SyscallResult Select(UserThread caller, int count, UserAddress reads, UserAddress writes, UserAddress excepts, PollTimeout timeout)
    {
        if (count < 0)
        {
            return Errno.EINVAL;
        }

        // Descriptors beyond the limit cannot be open; Linux leaves them out likewise.
        count = (int)Math.Min((ulong)count, Math.Min(caller.Process.Limits.OpenFiles, FileTable.Maximum));
        int words = (count + 63) / 64;
        Span<ulong> sets = words <= 16 ? stackalloc ulong[3 * words] : new ulong[3 * words];
        Span<ulong> readSet = sets[..words], writeSet = sets.Slice(words, words), exceptSet = sets[(2 * words)..];
        Errno error = ReadSet(caller, reads, readSet);
        error = error != Errno.None ? error : ReadSet(caller, writes, writeSet);
        error = error != Errno.None ? error : ReadSet(caller, excepts, exceptSet);
        if (error != Errno.None)
        {
            return error;
        }

        PollEntry[] entries = Collect(count, readSet, writeSet, exceptSet);
        if (!PollSyscalls.Wait(caller, entries, timeout).TryGet(out _, out error))
        {
            return error;
        }

        sets.Clear();
        int found = 0;
        foreach (PollEntry entry in entries)
        {
            if ((entry.Found & PollEvents.POLLNVAL) != 0)
            {
                return Errno.EBADF;
            }

            found += Mark(readSet, entry, ReadEvents) + Mark(writeSet, entry, WriteEvents) + Mark(exceptSet, entry, ExceptEvents);
        }

        error = WriteSet(caller, reads, readSet);
        error = error != Errno.None ? error : WriteSet(caller, writes, writeSet);
        error = error != Errno.None ? error : WriteSet(caller, excepts, exceptSet);
        return error != Errno.None ? error : found;
    }

    private static Errno ReadSet(UserThread caller, UserAddress address, Span<ulong> set) =>
        address.IsNull ? Errno.None : caller.Memory.Read(address, MemoryMarshal.AsBytes(set));

    private static Errno WriteSet(UserThread caller, UserAddress address, ReadOnlySpan<ulong> set) =>
        address.IsNull ? Errno.None : caller.Memory.Write(address, MemoryMarshal.AsBytes(set));

    private static PollEntry[] Collect(int count, ReadOnlySpan<ulong> reads, ReadOnlySpan<ulong> writes, ReadOnlySpan<ulong> excepts)
    {
        int total = 0;
        for (int fd = 0; fd < count; fd++)
        {
            total += IsIn(reads, fd) || IsIn(writes, fd) || IsIn(excepts, fd) ? 1 : 0;
        }

        var entries = new PollEntry[total];
        int next = 0;
        for (int fd = 0; next < total; fd++)
        {
            PollEvents wanted = (IsIn(reads, fd) ? ReadEvents : PollEvents.None)
                | (IsIn(writes, fd) ? WriteEvents : PollEvents.None)
                | (IsIn(excepts, fd) ? ExceptEvents : PollEvents.None);
            if (wanted != PollEvents.None)
            {
                entries[next++] = new PollEntry { Descriptor = fd, Wanted = wanted };
            }
        }

        return entries;
    }

    private static int Mark(Span<ulong> set, in PollEntry entry, PollEvents kind)
    {
        if ((entry.Wanted & kind & entry.Found) == 0 || (entry.Wanted & kind) != kind)
        {
            return 0;
        }

        set[entry.Descriptor / 64] |= 1UL << (entry.Descriptor % 64);
        return 1;
    }

    private static bool IsIn(ReadOnlySpan<ulong> set, int descriptor) => (set[descriptor / 64] >> (descriptor % 64) & 1) != 0;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct MaskArgument(ulong Address, ulong Size);
}
