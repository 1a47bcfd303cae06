namespace Levitate.Floor;

/// <summary>Copies to and from user memory of the calling thread's address space. The caller has checked that the range is user memory.</summary>
public static unsafe class UserCopy
{
    /// <summary>The lower canonical half ends here.</summary>
    private const ulong UserEnd = 0x8000_0000_0000;

    /// <summary>Copies in; returns the bytes copied before the first that faults.</summary>
    public static nuint FromUser(void* destination, ulong source, nuint length) => Asm.UserCopyBytes(destination, (void*)source, length);

    /// <summary>Copies out; returns the bytes copied before the first that faults.</summary>
    public static nuint ToUser(ulong destination, void* source, nuint length) => Asm.UserCopyBytes((void*)destination, source, length);

    /// <summary>Stores zeros; returns the bytes cleared before the first that faults.</summary>
    public static nuint Clear(ulong destination, nuint length) => Asm.UserClear((void*)destination, length);

    /// <summary>Loads an aligned word; false on a fault.</summary>
    public static bool TryLoad32(ulong address, out uint value)
    {
        uint loaded = 0;
        bool done = Asm.UserLoad32((void*)address, &loaded) != 0;
        value = loaded;
        return done;
    }

    /// <summary>Compares and exchanges an aligned word; false on a fault.</summary>
    public static bool TryCompareExchange32(ulong address, uint expected, uint replacement, out uint previous)
    {
        uint seen = 0;
        bool done = Asm.UserCompareExchange32((void*)address, expected, replacement, &seen) != 0;
        previous = seen;
        return done;
    }

    /// <summary>For a page fault in the kernel at this address: whether a user copy hit it on its user side, and where that goes on.</summary>
    internal static bool TryFixUpPageFault(TrapFrame* frame, ulong address)
    {
        // A fault on the kernel's side of a copy is a bug, and no program is to be told EFAULT for it.
        bool isUser = address < UserEnd && address is < KernelPageTables.WindowStart or >= KernelPageTables.WindowEnd;
        if (!isUser)
        {
            return false;
        }

        ulong rip = frame->Rip;
        if (InRange(rip, LinkSymbols.UserCopyBulk(), LinkSymbols.UserCopyTail()))
        {
            frame->Rip = (ulong)LinkSymbols.UserCopyTail();
        }
        else if (InRange(rip, LinkSymbols.UserCopyTail(), LinkSymbols.UserCopyDone()))
        {
            frame->Rip = (ulong)LinkSymbols.UserCopyDone();
        }
        else if (InRange(rip, LinkSymbols.UserClearBulk(), LinkSymbols.UserClearTail()))
        {
            frame->Rip = (ulong)LinkSymbols.UserClearTail();
        }
        else if (InRange(rip, LinkSymbols.UserClearTail(), LinkSymbols.UserClearDone()))
        {
            frame->Rip = (ulong)LinkSymbols.UserClearDone();
        }
        else if (InRange(rip, LinkSymbols.UserWord(), LinkSymbols.UserWordFailed()))
        {
            frame->Rip = (ulong)LinkSymbols.UserWordFailed();
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>For a general protection fault in the kernel: whether XRSTOR refused a program's vector state, and where that goes on.</summary>
    internal static bool TryFixUpVectorState(TrapFrame* frame)
    {
        if (frame->Rip != (ulong)LinkSymbols.EnterXrstor())
        {
            return false;
        }

        frame->Rip = (ulong)LinkSymbols.EnterXrstorFailed();
        return true;
    }

    private static bool InRange(ulong rip, byte* start, byte* end) => rip >= (ulong)start && rip < (ulong)end;
}
