namespace Levitate.Floor;

/// <summary>
/// Checks the rules of spin locks while the kernel runs, where the kernel's command line says "lock-checks" (the boot tests'
/// does): their order, interrupts off while one is held, no sleeping and no waiting for other CPUs under one. Which CPU
/// holds what is enough to know, since a spin lock's holder stays on its CPU.
/// </summary>
internal static unsafe class LockChecks
{
    private const ulong InterruptFlag = 0x200;

    /// <summary>Whether locks are checked.</summary>
    internal static bool AreOn { get; private set; }

    /// <summary>Turns the checks on where the command line says so. Before any lock is held.</summary>
    internal static void Initialize() => AreOn = BootInfo.HasOption("lock-checks"u8);

    /// <summary>A lock is about to be taken.</summary>
    internal static void Enter(LockRank rank)
    {
        if (AreInterruptsOn())
        {
            Stop("a spin lock is taken with interrupts on"u8);
        }

        PerCpu* cpu = Asm.ThisCpu();
        if (cpu->HeldLocks >> (int)rank != 0)
        {
            Stop("a spin lock is taken under a later one, or one of its kind"u8);
        }

        cpu->HeldLocks |= 1u << (int)rank;
    }

    /// <summary>A lock is about to be given back.</summary>
    internal static void Leave(LockRank rank)
    {
        PerCpu* cpu = Asm.ThisCpu();
        if ((cpu->HeldLocks & (1u << (int)rank)) == 0)
        {
            Stop("a spin lock is given back by another CPU"u8);
        }

        cpu->HeldLocks &= ~(1u << (int)rank);
    }

    /// <summary>The caller is about to sleep, or to give up its CPU.</summary>
    internal static void BeforeSwitch()
    {
        if (AreOn && HoldsAny())
        {
            Stop("a thread sleeps under a spin lock"u8);
        }
    }

    /// <summary>The caller is about to wait until other CPUs have taken an interrupt.</summary>
    internal static void BeforeWaitingForCpus()
    {
        if (AreOn && (HoldsAny() || !AreInterruptsOn()))
        {
            Stop("other CPUs are waited for under a spin lock, or with interrupts off"u8);
        }
    }

    private static bool HoldsAny()
    {
        ulong flags = Asm.DisableInterrupts();
        bool holds = Asm.ThisCpu()->HeldLocks != 0;
        Asm.RestoreInterrupts(flags);
        return holds;
    }

    private static bool AreInterruptsOn()
    {
        ulong flags = Asm.DisableInterrupts();
        Asm.RestoreInterrupts(flags);
        return (flags & InterruptFlag) != 0;
    }

    private static void Stop(System.ReadOnlySpan<byte> message)
    {
        // The report takes no locks.
        AreOn = false;
        Panic.Halt(message);
    }
}
