using System.Threading;

namespace Levitate.Floor;

/// <summary>What one caller wants several CPUs to forget; it lies on that caller's stack.</summary>
internal struct FlushRequest
{
    /// <summary>The page-table root (physical); 0: the kernel's translations, which all roots share.</summary>
    internal ulong Root;

    internal ulong Start;
    internal ulong End;

    /// <summary>Whether a CPU that only happens to have the root loaded still is to load the kernel's instead.</summary>
    internal bool IsLeaving;

    /// <summary>CPUs that have not answered yet.</summary>
    internal int Remaining;
}

/// <summary>A request in the list of one CPU; on the caller's stack, too.</summary>
internal unsafe struct FlushNode
{
    internal FlushNode* Next;
    internal FlushRequest* Request;
}

/// <summary>
/// Makes CPUs forget translations that have changed, before the frames behind them are used again. CPUs that do not have
/// the page table loaded know nothing of it: loading one forgets the one before. Callers hold no spin lock and, once
/// there are other CPUs, have interrupts on: they wait for the others.
/// </summary>
internal static unsafe class TlbShootdown
{
    /// <summary>Above this many pages, one reload of cr3 is cheaper than an INVLPG each.</summary>
    private const int FlushAllAbove = 32;

    /// <summary>Forgets a range of an address space's user half on all CPUs. The change of the tables comes before.</summary>
    internal static void FlushUser(uint root, ulong start, ulong end)
    {
        if (Processors.Count > 1)
        {
            FlushRequest request = new() { Root = (ulong)root << 12, Start = start, End = end };
            Send(&request);
        }
        else if (Asm.ThisCpu()->ActiveRoot == (ulong)root << 12)
        {
            Invalidate(start, end);
        }
    }

    /// <summary>Forgets a range of the kernel's own memory on all CPUs.</summary>
    internal static void FlushKernel(ulong start, ulong end)
    {
        if (Processors.Count > 1)
        {
            FlushRequest request = new() { Start = start, End = end };
            Send(&request);
        }
        else
        {
            Invalidate(start, end);
        }
    }

    /// <summary>Makes CPUs let go of a page table that no thread runs with any more.</summary>
    internal static void Leave(uint root)
    {
        if (Processors.Count > 1)
        {
            FlushRequest request = new() { Root = (ulong)root << 12, IsLeaving = true };
            Send(&request);
        }
        else if (Asm.ThisCpu()->ActiveRoot == (ulong)root << 12)
        {
            Asm.LoadRoot(KernelPageTables.Root);
        }
    }

    /// <summary>Does what other CPUs want of this one. Interrupts off.</summary>
    internal static void Answer(PerCpu* cpu)
    {
        FlushNode* node = cpu->FlushHead == null ? null : (FlushNode*)Interlocked.Exchange(ref *(nint*)&cpu->FlushHead, 0);
        cpu->Shootdowns += node == null ? 0 : 1;
        while (node != null)
        {
            // The node is gone as soon as its last CPU has answered.
            FlushNode* next = node->Next;
            FlushRequest* request = node->Request;
            Apply(cpu, request);
            Interlocked.Decrement(ref request->Remaining);
            node = next;
        }
    }

    private static void Send(FlushRequest* request)
    {
        LockChecks.BeforeWaitingForCpus();
        FlushNode* nodes = stackalloc FlushNode[Processors.MaximumCount];

        // Where the caller is must not change while it flushes here and finds the others.
        ulong flags = Asm.DisableInterrupts();
        PerCpu* here = Asm.ThisCpu();
        Apply(here, request);

        // A CPU that is not seen with the root now loads it later than the tables were changed.
        Interlocked.MemoryBarrier();
        uint wanted = 0;
        for (int index = 0; index < Processors.Count; index++)
        {
            PerCpu* cpu = Processors.Get(index);
            ulong active = Volatile.Read(ref cpu->ActiveRoot);
            bool isConcerned = request->Root == 0 ? !TryPostpone(cpu) : active == request->Root || active == PerCpu.SwitchingRoots;
            if (cpu != here && isConcerned)
            {
                wanted |= 1u << index;
                request->Remaining++;
            }
        }

        for (int index = 0; index < Processors.Count; index++)
        {
            if ((wanted & (1u << index)) != 0)
            {
                nodes[index].Request = request;
                Push(Processors.Get(index), nodes + index);
            }
        }

        Asm.RestoreInterrupts(flags);
        while (Volatile.Read(ref request->Remaining) != 0)
        {
            Asm.Pause();
        }
    }

    /// <summary>Leaves a CPU that halts to forget all that it knows when it goes on. It may just have gone on: then it is interrupted.</summary>
    private static bool TryPostpone(PerCpu* cpu)
    {
        if (Volatile.Read(ref cpu->IsHalted) == 0)
        {
            return false;
        }

        Interlocked.Exchange(ref cpu->MustFlush, 1);
        return Volatile.Read(ref cpu->IsHalted) != 0;
    }

    /// <summary>The CPU is about to halt. It has no program's page table then, so that no change of one wakes it.</summary>
    internal static void BeforeHalt(PerCpu* cpu)
    {
        if (cpu->ActiveRoot != KernelPageTables.Root)
        {
            Asm.LoadRoot(KernelPageTables.Root);
        }

        Interlocked.Exchange(ref cpu->IsHalted, 1);
    }

    /// <summary>The CPU goes on.</summary>
    internal static void AfterHalt(PerCpu* cpu)
    {
        Interlocked.Exchange(ref cpu->IsHalted, 0);
        if (Interlocked.Exchange(ref cpu->MustFlush, 0) != 0)
        {
            Asm.WriteCr3(Asm.ReadCr3());
        }
    }

    private static void Push(PerCpu* cpu, FlushNode* node)
    {
        nint head;
        do
        {
            head = Volatile.Read(ref *(nint*)&cpu->FlushHead);
            node->Next = (FlushNode*)head;
        }
        while (Interlocked.CompareExchange(ref *(nint*)&cpu->FlushHead, (nint)node, head) != head);

        // Where there was a node already its sender has interrupted that CPU, which takes the list whole.
        if (head == 0)
        {
            Processors.Interrupt(cpu);
        }
    }

    private static void Apply(PerCpu* cpu, FlushRequest* request)
    {
        if (request->Root != 0 && cpu->ActiveRoot != request->Root)
        {
            return;
        }

        if (!request->IsLeaving)
        {
            Invalidate(request->Start, request->End);
        }
        else if (cpu->Current->AddressSpaceRoot != request->Root)
        {
            Asm.LoadRoot(KernelPageTables.Root);
        }
    }

    /// <summary>Forgets a range here. Kernel memory that is ever unmapped is not mapped globally, so a reload forgets it, too.</summary>
    private static void Invalidate(ulong start, ulong end)
    {
        if ((end - start) >> 12 > FlushAllAbove)
        {
            Asm.WriteCr3(Asm.ReadCr3());
            return;
        }

        for (ulong page = start; page < end; page += 4096)
        {
            Asm.InvalidatePage(page);
        }
    }
}
