using System;
using System.Numerics;
using System.Threading;

namespace Levitate.Floor;

/// <summary>How a thread comes to a queue.</summary>
internal enum Arrival
{
    /// <summary>Behind those that are as urgent.</summary>
    Back,

    /// <summary>In front of them: it had to stop for a more urgent one.</summary>
    Front,

    /// <summary>In front of them, and the running thread makes room at once.</summary>
    Urgent,
}

/// <summary>
/// Which CPU a thread runs on: where it last ran if that CPU has nothing to do, else any that has nothing to do, else
/// where it last ran. A CPU without work takes threads from others' queues, and one that has more to do gives one away when
/// a slice ends. All run with interrupts off.
/// </summary>
internal static unsafe class Placement
{
    /// <summary>Of slices that end while another CPU has less to do, but would have as much with one more thread, how many pass between two moves.</summary>
    private const int SlicesBetweenTurns = 8;

    /// <summary>The most that a thread weighs, in usual slices: as one with the lowest nice value.</summary>
    private const int HeaviestSlices = 10;

    /// <summary>How many threads of a queue are looked at for one that may run elsewhere.</summary>
    private const int MostLookedAt = 64;

    /// <summary>CPUs that are about to halt, by number. Who wants one takes its bit away, and so gets it alone.</summary>
    private static ulong s_idle;

    /// <summary><see cref="Place"/> for a thread that slept until now.</summary>
    internal static void PlaceWoken(PerCpu* cpu, KernelThread* thread, Arrival arrival)
    {
        PerCpu* self = Asm.ThisCpu();
        PerCpu* target = Place(cpu, thread, arrival);
        self->WakeUps++;
        self->LocalWakeUps += target == self ? 1 : 0;
    }

    /// <summary>Puts a ready thread, which is in no queue, on a CPU's queue. Takes over the held lock of the thread's CPU, and gives it back.</summary>
    /// <returns>Which CPU's queue it was put on.</returns>
    internal static PerCpu* Place(PerCpu* cpu, KernelThread* thread, Arrival arrival)
    {
        PerCpu* target = Processors.Count == 1 ? cpu : Choose(thread);
        if (target != cpu)
        {
            thread->Cpu = target;
            cpu->Lock.ReleaseRaw();
            target->Lock.AcquireRaw(LockRank.RunQueue);
        }

        Enqueue(target, thread, arrival);
        return target;
    }

    /// <summary>Puts a ready thread on its CPU's queue; gives the held lock back.</summary>
    private static void Enqueue(PerCpu* cpu, KernelThread* thread, Arrival arrival)
    {
        bool wasEmpty = cpu->QueueHead == null;
        bool isUrgent = arrival == Arrival.Urgent;
        RunQueue.Add(cpu, thread, thread->Priority, atHead: arrival != Arrival.Back);
        if (isUrgent)
        {
            cpu->NeedsReschedule |= Scheduler.PreemptAnywhere;
        }

        bool areUsual = thread->Priority == ThreadPriority.Normal && cpu->Current->Priority == ThreadPriority.Normal;
        bool isBetter = !areUsual && Scheduler.NoteBetter(cpu, cpu->Current);

        bool isOther = cpu != Asm.ThisCpu();
        bool isBusy = cpu->Current != cpu->Idle;
        bool mustLook = isUrgent || isBetter || wasEmpty || !isBusy;
        ulong allowed = thread->AllowedCpus;
        if (!isOther && wasEmpty && cpu->Current != null && isBusy)
        {
            Scheduler.ArmTimer(cpu, cpu->Current, Clock.Nanoseconds);
        }

        cpu->Lock.ReleaseRaw();
        if (isOther && mustLook)
        {
            // It must leave its halt, or see to its timer, which no other CPU can set.
            Processors.Interrupt(cpu);
        }

        // Behind another one it waits, also where that one is only about to run.
        if ((isBusy || !wasEmpty) && Processors.Count > 1)
        {
            CallIdle(allowed);
        }
    }

    /// <summary>
    /// Has a CPU look for work that became idle while a thread was put on a busy one's queue: it may have looked before, and
    /// it was not idle yet when a place was chosen.
    /// </summary>
    private static void CallIdle(ulong allowed)
    {
        // The queue must be seen by who is idle from now on, or its offer be seen here.
        Interlocked.MemoryBarrier();
        ulong idle = Volatile.Read(ref s_idle) & allowed;
        if (idle != 0)
        {
            Processors.Interrupt(Processors.Get(BitOperations.TrailingZeroCount(idle)));
        }
    }

    /// <summary>Where a thread that becomes ready should run.</summary>
    private static PerCpu* Choose(KernelThread* thread)
    {
        ulong allowed = thread->AllowedCpus;
        PerCpu* last = thread->Cpu;
        bool mayStay = (allowed & Bit(last)) != 0;
        if (mayStay && TryClaim(last))
        {
            return last;
        }

        for (ulong idle = Volatile.Read(ref s_idle) & allowed; idle != 0; idle &= idle - 1)
        {
            PerCpu* cpu = Processors.Get(BitOperations.TrailingZeroCount(idle));
            if (TryClaim(cpu))
            {
                return cpu;
            }
        }

        PerCpu* place = mayStay ? last : LeastLoaded(allowed);
        return ThreadPriority.IsRealTime(thread->Priority) ? LeastUrgent(allowed, place) : place;
    }

    /// <summary>The CPU among those allowed whose thread is the least urgent; the given one where that is as good. A moment's view.</summary>
    private static PerCpu* LeastUrgent(ulong allowed, PerCpu* place)
    {
        PerCpu* best = place;
        for (int index = 0; index < Processors.Count; index++)
        {
            PerCpu* cpu = Processors.Get(index);
            if ((allowed & Bit(cpu)) != 0 && cpu->Current->Priority < best->Current->Priority)
            {
                best = cpu;
            }
        }

        return best;
    }

    /// <summary>The CPU with the least to do among those allowed.</summary>
    private static PerCpu* LeastLoaded(ulong allowed)
    {
        PerCpu* best = null;
        for (int index = 0; index < Processors.Count; index++)
        {
            PerCpu* cpu = Processors.Get(index);
            if ((allowed & Bit(cpu)) != 0 && (best == null || Load(cpu) < Load(best)))
            {
                best = cpu;
            }
        }

        return best == null ? Asm.ThisCpu() : best;
    }

    /// <summary>Offers this CPU to who has work, from now until <see cref="EndIdle"/>. What was queued before is looked for afterwards.</summary>
    internal static void BeginIdle(PerCpu* cpu) => Interlocked.Or(ref s_idle, Bit(cpu));

    /// <summary>Takes the offer back.</summary>
    internal static void EndIdle(PerCpu* cpu) => Interlocked.And(ref s_idle, ~Bit(cpu));

    /// <summary>Takes a thread that waits for another CPU to this one's queue. False when nobody waits.</summary>
    internal static bool TrySteal(PerCpu* cpu)
    {
        for (int step = 1; step < Processors.Count; step++)
        {
            PerCpu* victim = Processors.Get((cpu->Index + step) % Processors.Count);
            if (Volatile.Read(ref victim->QueueLength) > 0 && TryMove(victim, Bit(cpu), long.MaxValue))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Gives a thread that waits here to the CPU with the least to do among those that it may run on, where the two are then
    /// nearer to each other. Where they would only change places (three threads on two CPUs), it does so now and then, so
    /// that none of them has a CPU for itself for good.
    /// </summary>
    internal static void Balance(PerCpu* cpu)
    {
        ulong lighter = 0;
        long own = Load(cpu);
        for (int index = 0; index < Processors.Count; index++)
        {
            PerCpu* other = Processors.Get(index);
            lighter |= Load(other) < own ? Bit(other) : 0;
        }

        if (lighter != 0 && cpu->QueueLength > 0)
        {
            bool takesTurns = ++cpu->UnevenSlices % SlicesBetweenTurns == 0;
            TryMove(cpu, lighter, takesTurns ? own + 1 : own);
        }
    }

    /// <summary>Moves the first thread that may from a queue to the CPU among others that has the least to do, where that has less than a limit then.</summary>
    private static bool TryMove(PerCpu* from, ulong others, long limit)
    {
        from->Lock.AcquireRaw(LockRank.RunQueue);
        KernelThread* thread = from->QueueHead;
        PerCpu* to = null;
        for (int looked = 0; thread != null && looked < MostLookedAt; looked++)
        {
            ulong allowed = thread->AllowedCpus & others;
            to = allowed == 0 ? null : LeastLoaded(allowed);
            if (to != null && (limit == long.MaxValue || Load(to) + thread->QueuedWeight < limit))
            {
                break;
            }

            to = null;
            thread = thread->Next;
        }

        if (to == null)
        {
            from->Lock.ReleaseRaw();
            return false;
        }

        RunQueue.Remove(from, thread, Clock.Nanoseconds);
        thread->Cpu = to;
        from->Lock.ReleaseRaw();
        to->Lock.AcquireRaw(LockRank.RunQueue);
        Enqueue(to, thread, Arrival.Back);
        return true;
    }

    /// <summary>How many threads run or wait for a CPU; a moment's view.</summary>
    internal static int RunnableThreads
    {
        get
        {
            int count = 0;
            for (int index = 0; index < Processors.Count; index++)
            {
                PerCpu* cpu = Processors.Get(index);
                count += Volatile.Read(ref cpu->QueueLength) + (cpu->Current == cpu->Idle ? 0 : 1);
            }

            return count;
        }
    }

    /// <summary>What a thread weighs: its slice, so that by its nice value; the usual one where it runs until it sleeps.</summary>
    internal static long Weight(KernelThread* thread) => Math.Min(thread->SliceNanoseconds, HeaviestSlices * Scheduler.SliceNanoseconds);

    /// <summary>What runs or waits for a CPU weighs; a moment's view.</summary>
    private static long Load(PerCpu* cpu) => Volatile.Read(ref cpu->QueueWeight) + (cpu->Current == cpu->Idle ? 0 : Weight(cpu->Current));

    private static bool TryClaim(PerCpu* cpu) =>
        (Volatile.Read(ref s_idle) & Bit(cpu)) != 0 && (Interlocked.And(ref s_idle, ~Bit(cpu)) & Bit(cpu)) != 0;

    private static ulong Bit(PerCpu* cpu) => 1UL << cpu->Index;
}
