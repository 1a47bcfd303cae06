# Single instructions that C# has no word for, thread switching, and calls to code of the C convention.
.include "layout.inc"

.section .text.cpu, "ax", @progbits

.macro leaf name
.globl \name
.align 16
\name:
.endm

leaf floor_in8
    mov     %edi, %edx
    xor     %eax, %eax
    in      %dx, %al
    ret
leaf floor_in16
    mov     %edi, %edx
    xor     %eax, %eax
    in      %dx, %ax
    ret
leaf floor_in32
    mov     %edi, %edx
    in      %dx, %eax
    ret
leaf floor_out8
    mov     %edi, %edx
    mov     %esi, %eax
    out     %al, %dx
    ret
leaf floor_out16
    mov     %edi, %edx
    mov     %esi, %eax
    out     %ax, %dx
    ret
leaf floor_out32
    mov     %edi, %edx
    mov     %esi, %eax
    out     %eax, %dx
    ret
leaf floor_read_msr
    mov     %edi, %ecx
    rdmsr
    shl     $32, %rdx
    or      %rdx, %rax
    ret
leaf floor_write_msr
    mov     %edi, %ecx
    mov     %esi, %eax
    mov     %rsi, %rdx
    shr     $32, %rdx
    wrmsr
    ret
# void floor_cpuid(uint leaf, uint subleaf, uint* registers): eax, ebx, ecx, edx
leaf floor_cpuid
    push    %rbx
    mov     %rdx, %r8
    mov     %edi, %eax
    mov     %esi, %ecx
    cpuid
    mov     %eax, (%r8)
    mov     %ebx, 4(%r8)
    mov     %ecx, 8(%r8)
    mov     %edx, 12(%r8)
    pop     %rbx
    ret
leaf floor_read_tsc
    rdtsc
    shl     $32, %rdx
    or      %rdx, %rax
    ret
# bool floor_random(ulong* value): RDRAND; the caller has checked for it
leaf floor_random
    rdrand  %rax
    mov     %rax, (%rdi)
    setc    %al
    movzx   %al, %eax
    ret
leaf floor_read_cr2
    mov     %cr2, %rax
    ret
leaf floor_read_cr3
    mov     %cr3, %rax
    ret
leaf floor_write_cr3
    mov     %rdi, %cr3
    ret
# Makes a page-table root this CPU's; interrupts off. Who flushes the old one or the new one meanwhile counts this CPU in:
# the loading of cr3 orders the stores on both sides of it.
leaf floor_load_root
    movq    $SWITCHING_ROOTS, %gs:CPU_ACTIVE_ROOT
    mov     %rdi, %cr3
    mov     %rdi, %gs:CPU_ACTIVE_ROOT
    ret
leaf floor_read_cr4
    mov     %cr4, %rax
    ret
leaf floor_write_cr4
    mov     %rdi, %cr4
    ret
leaf floor_invalidate_page
    invlpg  (%rdi)
    ret
leaf floor_write_xcr0
    mov     %rdi, %rdx
    shr     $32, %rdx
    mov     %edi, %eax
    xor     %ecx, %ecx
    xsetbv
    ret
leaf floor_xsave
    mov     $-1, %eax
    mov     $-1, %edx
    xsave64 (%rdi)
    ret
leaf floor_load_idt
    lidt    (%rdi)
    ret
# void floor_load_gdt(void* pointer, ushort taskSelector)
leaf floor_load_gdt
    lgdt    (%rdi)
    ltr     %si
    pop     %rax
    push    $KERNEL_CODE
    push    %rax
    lretq
leaf floor_set_gs
    wrgsbase %rdi
    ret
leaf floor_set_fs
    wrfsbase %rdi
    ret
# The CPU's PerCpu (its first field points to itself).
leaf floor_this_cpu
    mov     %gs:0, %rax
    ret
leaf floor_current_cpu_index
    mov     %gs:CPU_INDEX, %eax
    ret
leaf floor_current_thread
    mov     %gs:CPU_CURRENT_THREAD, %rax
    ret
# ulong floor_disable_interrupts(): the flags before
leaf floor_disable_interrupts
    pushf
    pop     %rax
    cli
    ret
# void floor_restore_interrupts(ulong flags)
leaf floor_restore_interrupts
    test    $0x200, %edi
    je      1f
    sti
1:  ret
leaf floor_enable_interrupts
    sti
    ret
# Waits for an interrupt; called and returns with interrupts off. STI takes effect after HLT has begun: no wake-up is lost.
leaf floor_halt
    sti
    hlt
    cli
    ret
leaf floor_pause
    pause
    ret
# The machine stops here.
leaf floor_stop
    cli
1:  hlt
    jmp     1b
leaf floor_get_frame_pointer
    mov     %rbp, %rax
    ret
# Ends the machine without anyone's help: an empty IDT makes the next exception a triple fault.
leaf floor_triple_fault
    lidt    empty_idt(%rip)
    int3
    jmp     floor_stop

# long floor_call(void* function, long a, long b, long c, long d): a C function, without a GC transition
leaf floor_call
    push    %rbp
    mov     %rsp, %rbp
    mov     %rdi, %rax
    mov     %rsi, %rdi
    mov     %rdx, %rsi
    mov     %rcx, %rdx
    mov     %r8, %rcx
    call    *%rax
    pop     %rbp
    ret

# ulong floor_clock_now(): nanoseconds since power-on: (tsc * multiplier) >> 32
leaf floor_clock_now
    rdtsc
    shl     $32, %rdx
    or      %rdx, %rax
    mulq    floor_clock_multiplier(%rip)
    shrd    $32, %rdx, %rax
    ret

# void floor_switch(KernelThread* from, KernelThread* to): interrupts off, the scheduler's lock held
leaf floor_switch
    push    %rbp
    push    %rbx
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    cmpl    $0, THREAD_IS_USER(%rdi)
    je      1f
    swapgs
    rdgsbase %rax
    swapgs
    mov     %rax, THREAD_USER_GS(%rdi)
1:  mov     %rsp, THREAD_RSP(%rdi)
    mov     THREAD_RSP(%rsi), %rsp
    cmpl    $0, THREAD_IS_USER(%rsi)
    je      1f
    mov     THREAD_USER_GS(%rsi), %rax
    swapgs
    wrgsbase %rax
    swapgs
1:  mov     %rsi, %gs:CPU_CURRENT_THREAD
    mov     THREAD_TLS(%rsi), %rax
    wrfsbase %rax
    mov     THREAD_ROOT(%rsi), %rax
    test    %rax, %rax
    je      1f
    cmp     %rax, %gs:CPU_ACTIVE_ROOT
    je      1f
    movq    $SWITCHING_ROOTS, %gs:CPU_ACTIVE_ROOT
    mov     %rax, %cr3
    mov     %rax, %gs:CPU_ACTIVE_ROOT
1:  pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbx
    pop     %rbp
    ret

# Where a new thread's first switch returns to: r12 = function, r13 = argument.
leaf floor_thread_start
    call    floor_finish_switch
    sti
    mov     %r13, %rdi
    call    *%r12
    mov     %rax, %rdi
    call    floor_thread_exit
    ud2

# Addresses that the linker knows.
.macro address_of name, symbol
leaf \name
    mov     $\symbol, %rax
    ret
.endm
address_of floor_address_of_kernel_root, floor_kernel_root
address_of floor_address_of_vectors, floor_vectors
address_of floor_address_of_syscall_entry, floor_syscall_entry
address_of floor_address_of_thread_start, floor_thread_start
address_of floor_address_of_vector_area_bytes, floor_vector_area_bytes
address_of floor_address_of_enter_xrstor, floor_enter_xrstor
address_of floor_address_of_enter_xrstor_failed, floor_enter_xrstor_failed
address_of floor_address_of_user_copy_bulk, floor_user_copy_bulk
address_of floor_address_of_user_copy_tail, floor_user_copy_tail
address_of floor_address_of_user_copy_done, floor_user_copy_done
address_of floor_address_of_user_clear_bulk, floor_user_clear_bulk
address_of floor_address_of_user_clear_tail, floor_user_clear_tail
address_of floor_address_of_user_clear_done, floor_user_clear_done
address_of floor_address_of_user_word, floor_user_word
address_of floor_address_of_user_word_failed, floor_user_word_failed
address_of floor_address_of_smap_sites, floor_smap_sites
address_of floor_address_of_smap_sites_end, floor_smap_sites_end
address_of floor_address_of_image_start, __kernel_start
address_of floor_address_of_image_end, __kernel_end
address_of floor_address_of_floor_text_start, __floor_text_start
address_of floor_address_of_floor_text_end, __floor_text_end
address_of floor_address_of_managed_start, __start___managedcode
address_of floor_address_of_managed_end, __stop___managedcode
address_of floor_address_of_tls_template, __tdata_start
address_of floor_address_of_tls_template_end, __tdata_end
address_of floor_value_of_tls_size, __tls_template_size
address_of floor_value_of_tls_alignment, __tls_alignment
address_of floor_address_of_text_start, __text_start
address_of floor_address_of_text_end, __text_end
address_of floor_address_of_rodata_start, __rodata_start
address_of floor_address_of_rodata_end, __rodata_end
address_of floor_address_of_initializers, __init_array_start
address_of floor_address_of_initializers_end, __init_array_end
address_of floor_address_of_levitate_main, levitate_main
address_of floor_address_of_pinvoke_helper, RhpPInvoke
address_of floor_address_of_is_stopping, floor_is_stopping
address_of floor_address_of_secondary_start, floor_secondary_start
address_of floor_address_of_secondary_end, floor_secondary_end
address_of floor_address_of_has_avx, floor_has_avx
address_of floor_address_of_clock_multiplier, floor_clock_multiplier
address_of floor_address_of_vdso, floor_vdso
address_of floor_address_of_vdso_end, floor_vdso_end

.section .data.cpu, "aw", @progbits
    .align 8
# Nanoseconds a TSC tick, times 2^32; set at power-on.
.globl floor_clock_multiplier
floor_clock_multiplier:
    .quad 0x100000000

.section .rodata.cpu, "a", @progbits
empty_idt:
    .word 0
    .quad 0

.section .note.GNU-stack, "", @progbits
