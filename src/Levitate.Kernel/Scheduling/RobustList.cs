using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>The list of futexes that a thread held when it ended: their next owners must learn of it.</summary>
/// <remarks>Linux: get_robust_list(2); Documentation/locking/robust-futex-ABI.</remarks>
internal static class RobustList
{
    /// <summary>sizeof(struct robust_list_head).</summary>
    internal const ulong HeadSize = 24;

    private const int MaximumEntries = 2048;
    private const uint WaitersBit = 0x8000_0000;
    private const uint OwnerDiedBit = 0x4000_0000;
    private const uint ThreadIdMask = 0x3fff_ffff;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Head
    {
        public readonly ulong First;
        public readonly long FutexOffset;
        public readonly ulong Pending;
    }

    /// <summary>Marks every held futex of the list. The list is the program's: any content ends the walk at worst.</summary>
    internal static void Release(UserThread thread, UserAddress headAddress)
    {
        if (!thread.Memory.Read<Head>(headAddress).TryGet(out Head head, out _))
        {
            return;
        }

        ulong entry = head.First;
        for (int i = 0; i < MaximumEntries && (entry & ~1UL) != headAddress.Value; i++)
        {
            Result<ulong> next = thread.Memory.Read<ulong>(new UserAddress(entry & ~1UL));
            if (entry != head.Pending && !ReleaseFutex(thread, entry, head.FutexOffset, isPending: false))
            {
                return;
            }

            if (!next.TryGet(out entry, out _))
            {
                return;
            }
        }

        if (head.Pending != 0)
        {
            ReleaseFutex(thread, head.Pending, head.FutexOffset, isPending: true);
        }
    }

    private static bool ReleaseFutex(UserThread thread, ulong entry, long offset, bool isPending)
    {
        bool isPriorityInheriting = (entry & 1) != 0;
        var address = new UserAddress(unchecked((entry & ~1UL) + (ulong)offset));
        if ((address.Value & 3) != 0 || !UserLayout.IsUserRange(address.Value, sizeof(uint)))
        {
            return false;
        }

        IUserMemoryCopier memory = thread.Process.Machine.UserMemory;
        while (true)
        {
            bool isThere = memory.TryLoad(address, out uint value);
            if (isThere && isPending && !isPriorityInheriting && value == 0)
            {
                // It was unlocking: the word is free already, but the waiter may not have been woken.
                thread.Kernel.Futexes.Wake(thread, address, 1, FutexTable.AllBits, isPrivate: false);
                return true;
            }

            if (isThere && (value & ThreadIdMask) != (uint)thread.ThreadId)
            {
                return true;
            }

            if (isThere && memory.TryCompareExchange(address, value, (value & WaitersBit) | OwnerDiedBit, out uint previous))
            {
                if (previous != value)
                {
                    continue;
                }

                if ((value & WaitersBit) != 0 && !isPriorityInheriting)
                {
                    thread.Kernel.Futexes.Wake(thread, address, 1, FutexTable.AllBits, isPrivate: false);
                }

                return true;
            }

            if (thread.FaultIn(address, PageAccess.Write) != Errno.None)
            {
                return false;
            }
        }
    }
}
