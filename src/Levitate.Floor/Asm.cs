using System.Runtime;
using System.Runtime.CompilerServices;

namespace Levitate.Floor;

/// <summary>The assembly routines of Boot/*.S, called without a GC transition. What each does stands with its code.</summary>
internal static unsafe class Asm
{
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_in8")]
    internal static extern byte In8(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_in16")]
    internal static extern ushort In16(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_in32")]
    internal static extern uint In32(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_out8")]
    internal static extern void Out8(ushort port, byte value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_out16")]
    internal static extern void Out16(ushort port, ushort value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_out32")]
    internal static extern void Out32(ushort port, uint value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_read_msr")]
    internal static extern ulong ReadMsr(uint register);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_write_msr")]
    internal static extern void WriteMsr(uint register, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_cpuid")]
    internal static extern void Cpuid(uint leaf, uint subleaf, uint* registers);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_read_tsc")]
    internal static extern ulong ReadTsc();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_random")]
    internal static extern int Random(ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_read_cr2")]
    internal static extern ulong ReadCr2();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_read_cr3")]
    internal static extern ulong ReadCr3();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_write_cr3")]
    internal static extern void WriteCr3(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_read_cr4")]
    internal static extern ulong ReadCr4();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_write_cr4")]
    internal static extern void WriteCr4(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_invalidate_page")]
    internal static extern void InvalidatePage(ulong address);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_write_xcr0")]
    internal static extern void WriteXcr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_load_idt")]
    internal static extern void LoadIdt(void* pointer);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_load_gdt")]
    internal static extern void LoadGdt(void* pointer, uint taskSelector);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_set_gs")]
    internal static extern void SetGs(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_set_fs")]
    internal static extern void SetFs(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_this_cpu")]
    internal static extern PerCpu* ThisCpu();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_current_cpu_index")]
    internal static extern int CurrentCpuIndex();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_current_thread")]
    internal static extern KernelThread* CurrentThread();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_disable_interrupts")]
    internal static extern ulong DisableInterrupts();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_restore_interrupts")]
    internal static extern void RestoreInterrupts(ulong flags);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_enable_interrupts")]
    internal static extern void EnableInterrupts();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_halt")]
    internal static extern void Halt();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_pause")]
    internal static extern void Pause();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_stop")]
    internal static extern void Stop();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_load_root")]
    internal static extern void LoadRoot(ulong physicalAddress);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_triple_fault")]
    internal static extern void TripleFault();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_get_frame_pointer")]
    internal static extern ulong* GetFramePointer();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_call")]
    internal static extern long Call(void* function, long a, long b, long c, long d);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_clock_now")]
    internal static extern long ClockNow();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_switch")]
    internal static extern void Switch(KernelThread* from, KernelThread* to);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_xsave")]
    internal static extern void Xsave(void* area);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_clear_page")]
    internal static extern void ClearPage(void* page);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_user_copy")]
    internal static extern nuint UserCopyBytes(void* destination, void* source, nuint length);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_user_clear")]
    internal static extern nuint UserClear(void* destination, nuint length);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_user_load32")]
    internal static extern int UserLoad32(void* address, uint* value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_user_compare_exchange32")]
    internal static extern int UserCompareExchange32(void* address, uint expected, uint replacement, uint* previous);
}
