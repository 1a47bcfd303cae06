using System.Threading;

namespace Levitate.Floor;

/// <summary>User threads' states and the address space of the calling thread.</summary>
public static unsafe class UserMode
{
    // Known to Boot/layout.inc.
    private const int AttentionExit = 1;
    private const int AttentionGsBase = 2;
    private const int AttentionBind = 4;

    /// <summary>IA32_KERNEL_GS_BASE: in the kernel it holds the user's base.</summary>
    private const uint KernelGsBase = 0xc0000102;

    private const uint DefaultMxcsr = 0x1f80;
    private const ushort DefaultControlWord = 0x37f;

    /// <summary>A state with all registers zero and the vector state of a new program; null when there is no memory.</summary>
    public static UserState* TryCreateState()
    {
        ulong bytes = UserState.VectorAreaOffset + CpuFeatures.VectorAreaBytes;
        int order = 0;
        while (4096UL << order < bytes)
        {
            order++;
        }

        if (!FrameAllocator.TryAllocateContiguousForUser(order, out uint first))
        {
            return null;
        }

        byte* memory = DirectMap.FramePointer(first);
        for (ulong offset = 0; offset < 4096UL << order; offset += 4096)
        {
            Asm.ClearPage(memory + offset);
        }

        UserState* state = (UserState*)memory;
        state->FirstFrame = first;
        state->Order = order;
        state->Attention = AttentionGsBase | AttentionBind;
        state->SysretRip = ulong.MaxValue;
        ResetVectorState(state);
        return state;
    }

    /// <summary>The XSAVE area of a state: standard format, for the components of <see cref="CpuFeatures.VectorComponents"/>.</summary>
    public static byte* VectorArea(UserState* state) => (byte*)state + UserState.VectorAreaOffset;

    /// <summary>Frees a state that no thread uses.</summary>
    public static void FreeState(UserState* state)
    {
        uint first = state->FirstFrame;
        int count = 1 << state->Order;
        for (int offset = 0; offset < count; offset++)
        {
            FrameAllocator.Release(first + (uint)offset);
        }
    }

    /// <summary>Sets the vector state to that of a new program: all components in their initial state.</summary>
    public static void ResetVectorState(UserState* state)
    {
        byte* area = VectorArea(state);
        ulong* end = (ulong*)(area + CpuFeatures.VectorAreaBytes);
        for (ulong* line = (ulong*)area; line < end; line += 8)
        {
            line[0] = 0;
            line[1] = 0;
            line[2] = 0;
            line[3] = 0;
            line[4] = 0;
            line[5] = 0;
            line[6] = 0;
            line[7] = 0;
        }

        *(ushort*)area = DefaultControlWord;
        *(uint*)(area + 24) = DefaultMxcsr;
        *(ulong*)(area + 512) = 3;
    }

    /// <summary>
    /// Makes the present or the next entry with this state come back soon. Any thread; the state's own thread, which is in
    /// the kernel then, looks at what there is before it enters.
    /// </summary>
    public static void RequestExit(UserState* state)
    {
        KernelThread* thread = (KernelThread*)Volatile.Read(ref *(nint*)&state->Thread);
        if (thread == Asm.CurrentThread())
        {
            return;
        }

        // Before its first entry the thread is not there; that entry sees the request.
        Interlocked.Or(ref state->Attention, AttentionExit);
        thread = (KernelThread*)Volatile.Read(ref *(nint*)&state->Thread);
        if (thread != null)
        {
            Scheduler.InterruptRunning(thread);
        }
    }

    /// <summary>How the thread with this state ran and waited so far; zeros before its first entry.</summary>
    public static ThreadCounts CountsOf(UserState* state)
    {
        KernelThread* thread = (KernelThread*)Volatile.Read(ref *(nint*)&state->Thread);
        return thread == null ? default : Scheduler.CountsOf(thread);
    }

    /// <summary>Whether the thread with this state runs or waits for a CPU only, and where it was last; false before it has an address space. A moment's view.</summary>
    public static bool PlaceOf(UserState* state, out bool isRunnable, out int processor)
    {
        KernelThread* thread = (KernelThread*)Volatile.Read(ref *(nint*)&state->Thread);
        isRunnable = thread != null && thread->State is ThreadState.Running or ThreadState.Ready;
        processor = thread == null || thread->Cpu == null ? 0 : thread->Cpu->Index;
        return thread != null;
    }

    /// <summary>Has the calling thread's switches counted in its state; null: no longer.</summary>
    public static void WatchSwitches(UserState* state) => Volatile.Write(ref *(nint*)&Asm.CurrentThread()->Watched, (nint)state);

    /// <summary>Makes the next entry come back at once; the present one ends by an interrupt, if there is to be one.</summary>
    internal static void RequestLook(UserState* state) => Interlocked.Or(ref state->Attention, AttentionExit);

    /// <summary>A watched thread is about to run again: its next entry comes back at once.</summary>
    internal static void NoteSwitch(UserState* state)
    {
        state->Switches++;
        RequestLook(state);
    }

    /// <summary>The user's gs base, for the thread that runs with this state.</summary>
    public static ulong GetGsBase(UserState* state) =>
        (Volatile.Read(ref state->Attention) & AttentionGsBase) != 0 ? state->GsBase : Asm.ReadMsr(KernelGsBase);

    /// <summary>Sets the user's gs base; it is loaded by the next entry.</summary>
    public static void SetGsBase(UserState* state, ulong value)
    {
        state->GsBase = value;
        Interlocked.Or(ref state->Attention, AttentionGsBase);
    }

    /// <summary>How urgent the thread with this state is, and its slice in nanoseconds; nothing before it has an address space.</summary>
    public static void SetPriority(UserState* state, int priority, long sliceNanoseconds)
    {
        KernelThread* thread = (KernelThread*)Volatile.Read(ref *(nint*)&state->Thread);
        if (thread != null)
        {
            Scheduler.SetPriority(thread, priority, sliceNanoseconds);
        }
    }

    /// <summary>The address space that the calling thread runs in from now on, and the state that it enters user mode with; 0: the kernel's own.</summary>
    public static void SetAddressSpace(UserState* state, uint root)
    {
        ulong flags = Asm.DisableInterrupts();
        ulong physical = root == 0 ? KernelPageTables.Root : (ulong)root << 12;
        Asm.CurrentThread()->AddressSpaceRoot = physical;
        Asm.CurrentThread()->IsUser = root == 0 ? 0 : 1;
        Scheduler.SetUserState(root == 0 ? null : state);
        state->Thread = Asm.CurrentThread();
        if (Asm.ThisCpu()->ActiveRoot != physical)
        {
            Asm.LoadRoot(physical);
        }

        Asm.RestoreInterrupts(flags);
    }
}
