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
        BootInfo.Read(startInfo);
        CpuFeatures.Initialize();
        PerCpu* cpu = Scheduler.InitializeBootCpu();
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
        delegate*<void*, void> first = &Startup.Run;
        if (Threads.TryCreate((void*)first, null) == null)
        {
            Panic.Halt("no memory for the first thread"u8);
        }

        Scheduler.RunIdle(cpu);
    }
}
