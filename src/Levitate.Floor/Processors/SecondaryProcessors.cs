using System;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Threading;

namespace Levitate.Floor;

/// <summary>Starts the CPUs that the firmware's tables name beside the one that booted, one after the other.</summary>
internal static unsafe class SecondaryProcessors
{
    /// <summary>Where they begin, in real mode; the pages behind it hold page tables. Known to Boot/layout.inc.</summary>
    private const ulong StartPage = 0x8000;
    private const ulong StartTables = StartPage + 0x1000;
    private const ulong StartPagesEnd = StartPage + 0x4000;
    private const int StackOrder = 3;

    // The states of a start; the first three are known to Boot/layout.inc.
    private const int Wanted = 1;
    private const int Came = 2;
    private const int GivenUp = 3;
    private const int Ready = 4;
    private const int Refused = 5;
    private const int Go = 6;

    private const long Millisecond = 1_000_000;

    /// <summary>After this long without a sign of life the start is sent once more (Intel SDM volume 3, 9.4.4, allows for a lost one).</summary>
    private const long SecondAttempt = 20 * Millisecond;

    /// <summary>An ID that no CPU of a VM has.</summary>
    private const byte AbsentId = 0xfe;

    /// <summary>For each step of a start: a host that is busy may take long to let another of its threads run.</summary>
    private const long Patience = 5_000 * Millisecond;

    /// <summary>How often the two CPUs take turns at reading the time-stamp counter.</summary>
    private const int ComparedTurns = 16;

    /// <summary>What secondary.S has at its end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        internal ulong Root;
        internal ulong Stack;
        internal PerCpu* Cpu;
        internal uint ApicId;
        internal int State;
    }

    private static Parameters* s_parameters;

    /// <summary>The latest reading of either CPU while two compare their counters, how often one was behind it, and how often the other one came to read. Guarded by the lock.</summary>
    private static ulong s_latestTsc;

    /// <inheritdoc cref="s_latestTsc"/>
    private static int s_tscDisagreements;

    /// <inheritdoc cref="s_latestTsc"/>
    private static int s_tscTurns;

    /// <summary>Whether the CPU that is started read last. Guarded likewise.</summary>
    private static bool s_isTscOfSecondary;

    /// <summary>Whether the tests want the clocks of the CPUs that are started to be behind.</summary>
    private static bool s_isClockLate;

    /// <summary>Guards the comparison. Interrupts off; innermost.</summary>
    private static SpinLock s_tscLock;

    /// <summary>Starts all that there are, up to <see cref="Processors.MaximumCount"/>. Who does not come up is named in the log and left out.</summary>
    internal static void Start()
    {
        byte* found = stackalloc byte[ProcessorTables.MaximumCount];
        int count = ProcessorTables.Find(FirmwareMemory.OfMachine, BootInfo.AcpiRoot, found);
        if (BootInfo.HasOption("cpu-fault=absent"u8) && count < ProcessorTables.MaximumCount)
        {
            found[count++] = AbsentId;
        }

        if (count < 2)
        {
            return;
        }

        if (!BootInfo.IsMemory(StartPage, StartPagesEnd))
        {
            SerialLog.Write("cpus: no memory at 0x8000 to start others from\n"u8);
            return;
        }

        s_isClockLate = BootInfo.HasOption("cpu-fault=late"u8);
        PrepareStartPages();
        for (int index = 0; index < count; index++)
        {
            if (found[index] == LocalApic.Id)
            {
                continue;
            }

            if (Processors.Count == Processors.MaximumCount)
            {
                Report(found[index], " is one too many"u8);
            }
            else
            {
                StartOne(found[index]);
            }
        }
    }

    /// <summary>Copies the code, and builds page tables that are the kernel's but for the first 2 MiB, which are mapped to themselves.</summary>
    private static void PrepareStartPages()
    {
        ulong length = (ulong)(LinkSymbols.SecondaryEnd() - LinkSymbols.SecondaryStart());
        for (ulong offset = 0; offset < length; offset++)
        {
            DirectMap.Pointer(StartPage)[offset] = LinkSymbols.SecondaryStart()[offset];
        }

        s_parameters = (Parameters*)(DirectMap.Pointer(StartPage) + length) - 1;
        ulong* root = (ulong*)DirectMap.Pointer(StartTables);
        ulong* directories = (ulong*)DirectMap.Pointer(StartTables + 0x1000);
        ulong* pages = (ulong*)DirectMap.Pointer(StartTables + 0x2000);
        ulong* kernelRoot = (ulong*)LinkSymbols.KernelRoot();
        for (int slot = 0; slot < 512; slot++)
        {
            root[slot] = kernelRoot[slot];
            directories[slot] = 0;
            pages[slot] = 0;
        }

        root[0] = (StartTables + 0x1000) | (ulong)(PageBits.Present | PageBits.Writable);
        directories[0] = (StartTables + 0x2000) | (ulong)(PageBits.Present | PageBits.Writable);
        pages[0] = (ulong)(PageBits.Present | PageBits.Writable | PageBits.Large);
    }

    private static void StartOne(uint apicId)
    {
        if (!FrameAllocator.TryAllocate(out uint frame) || !FrameAllocator.TryAllocateContiguous(StackOrder, out uint stack))
        {
            Report(apicId, " is left out: no memory"u8);
            return;
        }

        PerCpu* cpu = (PerCpu*)DirectMap.FramePointer(frame);
        Asm.ClearPage(cpu);
        cpu->Self = cpu;
        cpu->ApicId = apicId;
        cpu->ActiveRoot = KernelPageTables.Root;
        cpu->TimerArmedFor = long.MaxValue;
        s_parameters->Root = KernelPageTables.Root;
        s_parameters->Stack = (ulong)DirectMap.FramePointer(stack) + (4096UL << StackOrder);
        s_parameters->Cpu = cpu;
        s_parameters->ApicId = apicId;
        s_latestTsc = 0;
        s_tscDisagreements = 0;
        s_tscTurns = 0;
        Volatile.Write(ref s_parameters->State, Wanted);
        if (!TryWake(apicId))
        {
            Report(apicId, " did not come up and is left out"u8);
            return;
        }

        // It is alive, and will be as far as Ready soon, or says that it cannot.
        long start = Clock.Nanoseconds;
        while (Volatile.Read(ref s_parameters->State) == Came)
        {
            CompareTsc(isSecondary: false);
            Asm.Pause();
            if (Clock.Nanoseconds - start > Patience && TryStep(Came, GivenUp))
            {
                // Wherever it is: it waits for a startup again, which nobody sends.
                LocalApic.SendInit(apicId);
                Report(apicId, " stopped on its way and is left out"u8);
                return;
            }
        }

        if (s_parameters->State == Refused)
        {
            Report(apicId, " lacks what the boot processor has and is left out"u8);
        }
        else if (s_tscDisagreements > 0)
        {
            Answer(GivenUp);
            Report(apicId, " counts time otherwise than the boot processor and is left out"u8);
        }
        else
        {
            Processors.Add(cpu);
            Answer(Go);
        }
    }

    /// <summary>Tells the CPU that is ready what to do, and waits until it has heard.</summary>
    private static void Answer(int state)
    {
        Volatile.Write(ref s_parameters->State, state);
        while (Volatile.Read(ref s_parameters->State) == state)
        {
            Asm.Pause();
        }
    }

    /// <summary>Sends INIT and SIPI, once more where nothing happens, and waits for a sign of life.</summary>
    private static bool TryWake(uint apicId)
    {
        long start = Clock.Nanoseconds;
        LocalApic.SendInit(apicId);
        LocalApic.SendStartup(apicId, StartPage);
        bool isRepeated = false;
        while (Volatile.Read(ref s_parameters->State) == Wanted)
        {
            long waited = Clock.Nanoseconds - start;
            if (waited > Patience)
            {
                return !TryStep(Wanted, GivenUp);
            }

            if (waited > SecondAttempt && !isRepeated)
            {
                isRepeated = true;
                LocalApic.SendStartup(apicId, StartPage);
            }

            Asm.Pause();
        }

        return true;
    }

    /// <summary>The first C# of another CPU, on its own stack, interrupts off. Becomes its idle thread, or stops.</summary>
    [RuntimeExport("floor_secondary_main")]
    internal static void Run(PerCpu* cpu)
    {
        while (BootInfo.HasOption("cpu-fault=stuck"u8))
        {
            Asm.Pause();
        }

        if (!CpuFeatures.TryInitializeSecondary() || BootInfo.HasOption("cpu-fault=lacking"u8))
        {
            TryStep(Came, Refused);
            Asm.Stop();
        }

        Asm.SetGs((ulong)cpu);
        Descriptors.Initialize(cpu);
        CpuFeatures.SetSyscallEntry();
        LocalApic.InitializeSecondary();
        Threads.AdoptIdle(cpu);
        while (CompareTsc(isSecondary: true) < ComparedTurns)
        {
            Asm.Pause();
        }

        if (!TryStep(Came, Ready))
        {
            Asm.Stop();
        }

        int answer;
        while ((answer = Volatile.Read(ref s_parameters->State)) == Ready)
        {
            Asm.Pause();
        }

        Volatile.Write(ref s_parameters->State, Came);
        if (answer != Go)
        {
            Asm.Stop();
        }

        Scheduler.RunIdle(cpu);
    }

    /// <summary>Goes from one state to another, unless the other CPU was first to leave it.</summary>
    private static bool TryStep(int from, int to) => Interlocked.CompareExchange(ref s_parameters->State, to, from) == from;

    /// <summary>One reading: no later one, of whichever CPU, may be behind it.</summary>
    /// <returns>How many turns the two have taken: one that reads alone compares nothing.</returns>
    private static int CompareTsc(bool isSecondary)
    {
        s_tscLock.AcquireRaw(LockRank.TimeStamps);
        ulong now = Asm.ReadTsc() >> (s_isClockLate && isSecondary ? 1 : 0);
        s_tscDisagreements += now < s_latestTsc ? 1 : 0;
        s_latestTsc = now;
        s_tscTurns += s_isTscOfSecondary != isSecondary ? 1 : 0;
        s_isTscOfSecondary = isSecondary;
        int turns = s_tscTurns;
        s_tscLock.ReleaseRaw();
        return turns;
    }

    private static void Report(uint apicId, ReadOnlySpan<byte> what)
    {
        SerialLog.WriteUnlocked("cpus: the processor with APIC ID "u8);
        SerialLog.WriteHexUnlocked(apicId);
        SerialLog.WriteUnlocked(what);
        SerialLog.WriteUnlocked("\n"u8);
    }
}
