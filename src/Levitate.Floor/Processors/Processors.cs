using System.Threading;

namespace Levitate.Floor;

/// <summary>The machine's processors, and the interrupts that they send each other.</summary>
public static unsafe class Processors
{
    /// <summary>The most that the floor runs.</summary>
    public const int MaximumCount = 8;

    private struct Table
    {
        internal fixed ulong Cpus[MaximumCount];
    }

    private static Table s_table;
    private static int s_count;

    /// <summary>Numbers memory barriers.</summary>
    private static int s_barrier;

    /// <summary>How many run. Changes only while the machine starts, before the .NET runtime does.</summary>
    public static int Count => s_count;

    /// <summary>The number of the one that runs the caller, who may be on another by the time it looks.</summary>
    public static int Current => Asm.CurrentCpuIndex();

    /// <summary>A processor by its number.</summary>
    internal static PerCpu* Get(int index) => (PerCpu*)s_table.Cpus[index];

    /// <summary>Counts a processor in that is ready to run threads; gives it its number.</summary>
    internal static void Add(PerCpu* cpu)
    {
        cpu->Index = s_count;
        s_table.Cpus[s_count] = (ulong)cpu;
        Volatile.Write(ref s_count, s_count + 1);
    }

    /// <summary>
    /// Makes another processor look at its run queue, its thread's activation and what it is to flush; one in user mode
    /// leaves it. Any context.
    /// </summary>
    internal static void Interrupt(PerCpu* cpu)
    {
        ulong flags = Asm.DisableInterrupts();
        LocalApic.SendInterrupt(cpu->ApicId, LocalApic.AttentionVector);
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>The interrupt that <see cref="Interrupt"/> sends, on the CPU that gets it.</summary>
    internal static void HandleInterrupt()
    {
        PerCpu* cpu = Asm.ThisCpu();
        TlbShootdown.Answer(cpu);
        PassBarrier(cpu);
        Scheduler.HandleAttention(cpu);
    }

    /// <summary>
    /// Answers the barriers that were asked for. A CPU that has halted does so when it goes on: nobody interrupted it, and
    /// who looks at it only now takes it for one that runs and has not answered.
    /// </summary>
    internal static void PassBarrier(PerCpu* cpu)
    {
        int barrier = Volatile.Read(ref s_barrier);
        Interlocked.MemoryBarrier();
        Volatile.Write(ref cpu->BarrierSeen, barrier);
    }

    /// <summary>
    /// Orders the memory accesses of all processors against the caller's: each takes an interrupt, unless it halts. Waits for them, so
    /// the caller holds no spin lock and has interrupts on.
    /// </summary>
    public static void MemoryBarrier()
    {
        LockChecks.BeforeWaitingForCpus();
        int barrier = Interlocked.Increment(ref s_barrier);
        for (int index = 0; index < s_count; index++)
        {
            // The caller may move to another CPU at any time, so each time it looks where it is.
            PerCpu* cpu = Get(index);
            ulong flags = Asm.DisableInterrupts();
            if (cpu == Asm.ThisCpu())
            {
                PassBarrier(cpu);
            }
            else if (Volatile.Read(ref cpu->IsHalted) == 0)
            {
                LocalApic.SendInterrupt(cpu->ApicId, LocalApic.AttentionVector);
            }

            Asm.RestoreInterrupts(flags);
        }

        for (int index = 0; index < s_count; index++)
        {
            PerCpu* cpu = Get(index);
            while (Volatile.Read(ref cpu->BarrierSeen) - barrier < 0 && Volatile.Read(ref cpu->IsHalted) == 0)
            {
                Asm.Pause();
            }
        }
    }

    /// <summary>Stops all processors but the caller's, whatever they do, for good.</summary>
    internal static void StopOthers()
    {
        *(int*)LinkSymbols.IsStopping() = 1;
        if (s_count > 1)
        {
            LocalApic.SendToOthers(LocalApic.NonMaskable);
        }
    }
}
