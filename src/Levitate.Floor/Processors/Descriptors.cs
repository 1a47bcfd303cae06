namespace Levitate.Floor;

/// <summary>Global and interrupt descriptor tables and the task state of a CPU (Intel SDM volume 3, chapters 3, 6 and 7).</summary>
internal static unsafe class Descriptors
{
    private const uint TaskSelector = 0x28;
    private const int InterruptStackOrder = 1;
    private const int FaultStackOrder = 3;
    private static ulong* s_interruptTable;

    internal static void Initialize(PerCpu* cpu)
    {
        byte* task = cpu->TaskState;
        *(ulong*)(task + 36) = NewStack(InterruptStackOrder);
        *(ulong*)(task + 44) = NewStack(FaultStackOrder);
        *(ulong*)(task + 52) = NewStack(0);
        *(ulong*)(task + 60) = NewStack(InterruptStackOrder);
        *(ushort*)(task + 102) = 104;

        ulong taskAddress = (ulong)task;
        ulong* table = &cpu->GlobalDescriptor0;
        table[0] = 0;
        table[1] = 0x00af9b000000ffff;
        table[2] = 0x00cf93000000ffff;
        table[3] = 0x00cff3000000ffff;
        table[4] = 0x00affb000000ffff;
        table[5] = 103 | ((taskAddress & 0xffffff) << 16) | (0x89UL << 40) | (((taskAddress >> 24) & 0xff) << 56);
        table[6] = taskAddress >> 32;
        byte* pointer = stackalloc byte[16];
        *(ushort*)pointer = (7 * 8) - 1;
        *(ulong*)(pointer + 2) = (ulong)table;
        Asm.LoadGdt(pointer, TaskSelector);

        if (s_interruptTable == null)
        {
            BuildInterruptTable();
        }

        *(ushort*)pointer = (256 * 16) - 1;
        *(ulong*)(pointer + 2) = (ulong)s_interruptTable;
        Asm.LoadIdt(pointer);
    }

    private static void BuildInterruptTable()
    {
        if (!FrameAllocator.TryAllocate(out uint frame))
        {
            Panic.Halt("no memory for the interrupt table"u8);
        }

        s_interruptTable = (ulong*)DirectMap.FramePointer(frame);
        for (uint vector = 0; vector < 256; vector++)
        {
            const ulong PresentInterruptGate = 0x8e;
            const ulong UserMayCall = 0x60;
            ulong address = (ulong)LinkSymbols.Vectors() + (vector * 16);
            ulong type = PresentInterruptGate | (vector is 3 or 4 ? UserMayCall : 0);
            s_interruptTable[vector * 2] = (address & 0xffff) | (0x08UL << 16) | (StackOf(vector) << 32) | (type << 40) | (((address >> 16) & 0xffff) << 48);
            s_interruptTable[(vector * 2) + 1] = address >> 32;
        }
    }

    /// <summary>The interrupt-stack-table entry of a vector: the runtime's red zone forbids the interrupted stack to all of them.</summary>
    private static ulong StackOf(uint vector) => vector switch
    {
        2 => 3,
        8 or 18 => 4,
        < 32 => 2,
        _ => 1,
    };

    private static ulong NewStack(int order)
    {
        if (!FrameAllocator.TryAllocateContiguous(order, out uint first))
        {
            Panic.Halt("no memory for the interrupt stacks"u8);
        }

        return (ulong)DirectMap.FramePointer(first) + (4096UL << order);
    }
}
