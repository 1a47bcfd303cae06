using System.Runtime;
using Levitate.Floor.Runtime;

namespace Levitate.Floor;

/// <summary>From the first C# instruction to the first managed one.</summary>
internal static unsafe class FloorMain
{
    /// <summary>Called by boot.S in long mode on the boot stack, interrupts off.</summary>
    /// <param name="startInfo">Physical address of hvm_start_info.</param>
    [RuntimeExport("floor_main")]
    internal static void Start(ulong startInfo)
    {
        SerialLog.Initialize();
        CheckRuntimeLayout();
        BootInfo.Read(startInfo);
        CpuFeatures.Initialize();
        PerCpu* cpu = Scheduler.InitializeBootCpu();
        LockChecks.Initialize();
        FrameAllocator.Initialize();
        KernelPageTables.Initialize();
        FrameAllocator.AddHighMemory();
        FrameAllocator.KeepReserve();
        Descriptors.Initialize(cpu);
        Asm.SetGs((ulong)cpu);
        CpuFeatures.SetSyscallEntry();
        Interrupts.Initialize();
        LocalApic.Initialize();
        Clock.Initialize();
        Threads.AdoptIdle(cpu);
        cpu->ApicId = LocalApic.Id;
        SecondaryProcessors.Start();
        delegate*<void*, void> first = &Startup.Run;
        if (Threads.TryCreate((void*)first, null) == null)
        {
            Panic.Halt("no memory for the first thread"u8);
        }

        Scheduler.RunIdle(cpu);
    }

    /// <summary>
    /// traps.S stores to the runtime's Thread::m_pTransitionFrame itself. The runtime's own helper does too, by
    /// "mov %rbx, 0x48(%rax)" right before its end: another runtime version must not go unnoticed.
    /// </summary>
    private static void CheckRuntimeLayout()
    {
        const uint StoreRbxAt0x48OfRax = 0x48588948;
        byte* code = LinkSymbols.PinvokeHelper();
        for (int offset = 0; offset < 64; offset++)
        {
            if (*(uint*)(code + offset) == StoreRbxAt0x48OfRax)
            {
                return;
            }
        }

        Panic.Halt("the .NET runtime is not the version that the floor was written for"u8);
    }
}
