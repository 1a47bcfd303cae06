using System.Runtime;
using System.Runtime.CompilerServices;

namespace Levitate.Floor;

/// <summary>Addresses and sizes that the linker (levitate.ld) and the assembly know.</summary>
internal static unsafe class LinkSymbols
{
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_kernel_root")]
    internal static extern byte* KernelRoot();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_vectors")]
    internal static extern byte* Vectors();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_syscall_entry")]
    internal static extern byte* SyscallEntry();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_thread_start")]
    internal static extern byte* ThreadStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_vector_area_bytes")]
    internal static extern byte* VectorAreaBytes();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_enter_xrstor")]
    internal static extern byte* EnterXrstor();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_enter_xrstor_failed")]
    internal static extern byte* EnterXrstorFailed();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_copy_bulk")]
    internal static extern byte* UserCopyBulk();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_copy_tail")]
    internal static extern byte* UserCopyTail();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_copy_done")]
    internal static extern byte* UserCopyDone();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_clear_bulk")]
    internal static extern byte* UserClearBulk();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_clear_tail")]
    internal static extern byte* UserClearTail();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_clear_done")]
    internal static extern byte* UserClearDone();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_word")]
    internal static extern byte* UserWord();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_user_word_failed")]
    internal static extern byte* UserWordFailed();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_smap_sites")]
    internal static extern byte* SmapSites();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_smap_sites_end")]
    internal static extern byte* SmapSitesEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_image_start")]
    internal static extern byte* ImageStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_image_end")]
    internal static extern byte* ImageEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_floor_text_start")]
    internal static extern byte* FloorTextStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_floor_text_end")]
    internal static extern byte* FloorTextEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_managed_start")]
    internal static extern byte* ManagedStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_managed_end")]
    internal static extern byte* ManagedEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_tls_template")]
    internal static extern byte* TlsTemplate();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_tls_template_end")]
    internal static extern byte* TlsTemplateEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_text_start")]
    internal static extern byte* TextStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_text_end")]
    internal static extern byte* TextEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_rodata_start")]
    internal static extern byte* RodataStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_rodata_end")]
    internal static extern byte* RodataEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_initializers")]
    internal static extern void** Initializers();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_initializers_end")]
    internal static extern void** InitializersEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_levitate_main")]
    internal static extern byte* LevitateMain();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_pinvoke_helper")]
    internal static extern byte* PinvokeHelper();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_has_avx")]
    internal static extern byte* HasAvx();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_clock_multiplier")]
    internal static extern byte* ClockMultiplier();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_vdso")]
    internal static extern byte* Vdso();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_vdso_end")]
    internal static extern byte* VdsoEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_is_stopping")]
    internal static extern byte* IsStopping();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_secondary_start")]
    internal static extern byte* SecondaryStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_address_of_secondary_end")]
    internal static extern byte* SecondaryEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_value_of_tls_size")]
    internal static extern ulong TlsSize();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "floor_value_of_tls_alignment")]
    internal static extern ulong TlsAlignment();
}
