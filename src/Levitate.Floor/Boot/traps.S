# The way into and out of user mode, and every interrupt vector.
# Source: Intel SDM volume 3, chapter 6 (interrupts), volume 2 (SYSCALL, SYSRET, XSAVE); the calling convention is the
# x86-64 psABI's.
.include "layout.inc"

.section .text.traps, "ax", @progbits

# long floor_enter_user(UserState* state): enters ring 3 and returns EXIT_* when it is left.
#
# Managed code calls this barely, without the runtime's P/Invoke helpers: the frame that they would fill in anew each
# time is pushed here, with the preserved registers in it. From the store to the thread's transition frame until it is
# taken back, the runtime takes the thread for one outside of managed code, and a collection does not wait for it. The
# layout is that of PInvokeTransitionFrame (rip, rbp, thread, flags, rbx, r12 to r15, rsp).
.globl floor_enter_user
floor_enter_user:
    cli
    cmpl    $0, US_ATTENTION(%rdi)
    jne     enter_attention
enter_go:
    lea     8(%rsp), %rax
    mov     US_RUNTIME_THREAD(%rdi), %rsi
    push    %rax
    push    %r15
    push    %r14
    push    %r13
    push    %r12
    push    %rbx
    push    $TRANSITION_FLAGS
    push    %rsi
    push    %rbp
    push    72(%rsp)
    mov     %rsp, RUNTIME_TRANSITION_FRAME(%rsi)
    mov     %rsp, US_KERNEL_RSP(%rdi)
    mov     %rdi, %gs:CPU_USER_STATE
    mov     $-1, %eax               # all components; the upper half of the mask names none
.globl floor_enter_xrstor
floor_enter_xrstor:
    xrstor64 US_VECTOR_AREA(%rdi)   # a fault here (a bad area) goes to floor_enter_xrstor_failed
    mov     US_FS(%rdi), %rax
    wrfsbase %rax
    swapgs
    mov     US_R8(%rdi), %r8
    mov     US_R9(%rdi), %r9
    mov     US_R10(%rdi), %r10
    mov     US_R12(%rdi), %r12
    mov     US_R13(%rdi), %r13
    mov     US_R14(%rdi), %r14
    mov     US_R15(%rdi), %r15
    mov     US_RBP(%rdi), %rbp
    mov     US_RBX(%rdi), %rbx
    mov     US_RSI(%rdi), %rsi
    mov     US_RDX(%rdi), %rdx
    mov     US_RAX(%rdi), %rax
    mov     US_RFLAGS(%rdi), %r11
    and     $USER_FLAGS, %r11d
    or      $0x202, %r11d
    # SYSRET serves only to go back where SYSCALL came from: that address is canonical, and the program expects rcx and
    # r11 to be lost. Wherever else the kernel sends it, IRET restores all registers.
    mov     US_RIP(%rdi), %rcx
    cmp     %rcx, US_SYSRET_RIP(%rdi)
    jne     1f
    mov     US_RSP(%rdi), %rsp
    mov     US_RDI(%rdi), %rdi
    sysretq
1:  pushq   $USER_DATA
    pushq   US_RSP(%rdi)
    pushq   %r11
    pushq   $USER_CODE
    pushq   %rcx
    shr     $47, %rcx
    jne     enter_bad_rip
    mov     US_R11(%rdi), %r11
    mov     US_RCX(%rdi), %rcx
    mov     US_RDI(%rdi), %rdi
    iretq

# The kernel side is as good as entered: undo, and tell of a general protection fault.
enter_bad_rip:
    swapgs
.globl floor_enter_xrstor_failed
floor_enter_xrstor_failed:
    movq    $13, US_TRAP(%rdi)
    movq    $0, US_ERROR(%rdi)
    ldmxcsr default_mxcsr(%rip)
    mov     US_KERNEL_TLS(%rdi), %rax
    wrfsbase %rax
    mov     $EXIT_FAULT, %ebx
    jmp     back_in_kernel

enter_attention:
    testl   $ATTENTION_BIND, US_ATTENTION(%rdi)
    je      1f
    lock andl $~ATTENTION_BIND, US_ATTENTION(%rdi)
    mov     %fs:0, %rax
    mov     %rax, US_KERNEL_TLS(%rdi)
    mov     %gs:CPU_CURRENT_THREAD, %rcx
    mov     %rcx, US_THREAD(%rdi)
    lea     tls_CurrentThread@tpoff(%rax), %rax
    mov     %rax, US_RUNTIME_THREAD(%rdi)
1:  testl   $ATTENTION_GS, US_ATTENTION(%rdi)
    je      1f
    lock andl $~ATTENTION_GS, US_ATTENTION(%rdi)
    mov     US_GS(%rdi), %rax
    swapgs
    wrgsbase %rax
    swapgs
1:  testl   $ATTENTION_EXIT, US_ATTENTION(%rdi)
    je      enter_go
    lock andl $~ATTENTION_EXIT, US_ATTENTION(%rdi)
    movl    $EXIT_INTERRUPT, %eax
    sti
    ret

# The syscall instruction: rcx = rip, r11 = flags, interrupts off (SFMASK), still on the user's stack.
.globl floor_syscall_entry
floor_syscall_entry:
    swapgs
    mov     %rsp, %gs:CPU_SCRATCH
    mov     %gs:CPU_USER_STATE, %rsp
    mov     %rax, US_RAX(%rsp)
    mov     %rbx, US_RBX(%rsp)
    mov     %rcx, US_RIP(%rsp)
    mov     %rcx, US_SYSRET_RIP(%rsp)
    mov     %rdx, US_RDX(%rsp)
    mov     %rsi, US_RSI(%rsp)
    mov     %rdi, US_RDI(%rsp)
    mov     %rbp, US_RBP(%rsp)
    mov     %r8, US_R8(%rsp)
    mov     %r9, US_R9(%rsp)
    mov     %r10, US_R10(%rsp)
    mov     %r11, US_RFLAGS(%rsp)
    mov     %r12, US_R12(%rsp)
    mov     %r13, US_R13(%rsp)
    mov     %r14, US_R14(%rsp)
    mov     %r15, US_R15(%rsp)
    mov     %gs:CPU_SCRATCH, %rax
    mov     %rax, US_RSP(%rsp)
    rdfsbase %rax
    mov     %rax, US_FS(%rsp)
    mov     $-1, %eax
    xsave64 US_VECTOR_AREA(%rsp)
    ldmxcsr default_mxcsr(%rip)
    mov     US_KERNEL_TLS(%rsp), %rax
    wrfsbase %rax
    mov     US_RUNTIME_THREAD(%rsp), %rsi
    mov     US_KERNEL_RSP(%rsp), %rsp
    xor     %eax, %eax              # EXIT_SYSCALL
    movq    $0, RUNTIME_TRANSITION_FRAME(%rsi)
    cmpl    $0, RhpTrapThreads(%rip)
    jne     wait_for_collection
    sti
    mov     8(%rsp), %rbp
    add     $32, %rsp
    pop     %rbx
    pop     %r12
    pop     %r13
    pop     %r14
    pop     %r15
    add     $8, %rsp
    ret

# The way back for all the others: rdi = state, ebx = exit reason, the kernel's fs base set.
back_in_kernel:
    movq    $-1, US_SYSRET_RIP(%rdi)  # no address: IRET restores rcx and r11 too
    mov     US_KERNEL_RSP(%rdi), %rsp
    cmp     $EXIT_INTERRUPT, %ebx
    jne     1f
    lock andl $~ATTENTION_EXIT, US_ATTENTION(%rdi)
    mov     US_TRAP(%rdi), %rdi
    sub     $8, %rsp                # the stack is 16-byte aligned at calls
    call    floor_user_interrupt    # may switch to other threads
    add     $8, %rsp
1:  mov     %ebx, %eax
# Ends the thread's time outside of managed code as RhpPInvokeReturn does: it waits there for a collection to end.
wait_for_collection:
    mov     %eax, %ebx
    sti
    mov     %rsp, %rdi
    sub     $8, %rsp
    call    RhpPInvokeReturn
    add     $8, %rsp
    mov     %ebx, %eax
    mov     8(%rsp), %rbp
    add     $32, %rsp
    pop     %rbx
    pop     %r12
    pop     %r13
    pop     %r14
    pop     %r15
    add     $8, %rsp
    ret

# A fault or an interrupt in user mode: rdi = state with the integer registers saved, ebx = exit reason.
leave_user:
    rdfsbase %rax
    mov     %rax, US_FS(%rdi)
    mov     $-1, %eax
    xsave64 US_VECTOR_AREA(%rdi)
    ldmxcsr default_mxcsr(%rip)
    mov     US_KERNEL_TLS(%rdi), %rax
    wrfsbase %rax
    jmp     back_in_kernel

# 256 entry points of 16 bytes each: the vector, and a zero where the processor pushes no error code.
.align 16
.globl floor_vectors
floor_vectors:
.set vector, 0
.rept 256
    .align 16
    .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
    .else
    pushq   $0
    .endif
    pushq   $vector
    jmp     common_trap
    .set vector, vector + 1
.endr

# On an IST stack: vector, error code, rip, cs, rflags, rsp, ss.
common_trap:
    testb   $3, 24(%rsp)
    je      kernel_trap
    swapgs
    push    %rdi
    mov     %gs:CPU_USER_STATE, %rdi
    mov     %rax, US_RAX(%rdi)
    mov     %rbx, US_RBX(%rdi)
    mov     %rcx, US_RCX(%rdi)
    mov     %rdx, US_RDX(%rdi)
    mov     %rsi, US_RSI(%rdi)
    mov     %rbp, US_RBP(%rdi)
    mov     %r8, US_R8(%rdi)
    mov     %r9, US_R9(%rdi)
    mov     %r10, US_R10(%rdi)
    mov     %r11, US_R11(%rdi)
    mov     %r12, US_R12(%rdi)
    mov     %r13, US_R13(%rdi)
    mov     %r14, US_R14(%rdi)
    mov     %r15, US_R15(%rdi)
    pop     %rax
    mov     %rax, US_RDI(%rdi)
    mov     0(%rsp), %rax
    mov     %rax, US_TRAP(%rdi)
    mov     8(%rsp), %rcx
    mov     %rcx, US_ERROR(%rdi)
    mov     16(%rsp), %rcx
    mov     %rcx, US_RIP(%rdi)
    mov     32(%rsp), %rcx
    mov     %rcx, US_RFLAGS(%rdi)
    mov     40(%rsp), %rcx
    mov     %rcx, US_RSP(%rdi)
    mov     %cr2, %rcx
    mov     %rcx, US_FAULT_ADDRESS(%rdi)
    cld
    smap_site clac                  # a program may have set AC, and only SYSCALL clears it
    mov     $EXIT_FAULT, %ebx
    cmp     $32, %eax
    jae     1f
    cmp     $2, %eax                # an NMI is nobody's fault
    jne     leave_user
    cmpl    $0, floor_is_stopping(%rip)
    jne     floor_stop
1:  mov     $EXIT_INTERRUPT, %ebx
    jmp     leave_user

kernel_trap:
    # A #DB can hit the first instruction of the syscall entry (after MOV SS), and an NMI any: touch nothing, go on.
    # By an NMI a CPU that panics stops the others.
    cmpl    $2, (%rsp)
    je      2f
    cmpl    $1, (%rsp)
    jne     3f
    andq    $~0x100, 32(%rsp)
    jmp     4f
2:  cmpl    $0, floor_is_stopping(%rip)
    jne     floor_stop
4:  add     $16, %rsp
    iretq
3:  push    %rax
    push    %rcx
    push    %rdx
    push    %rbx
    push    %rbp
    push    %rsi
    push    %rdi
    push    %r8
    push    %r9
    push    %r10
    push    %r11
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    cld
    smap_site clac                  # a program may have set AC, and only SYSCALL clears it
    cmpl    $32, 15 * 8(%rsp)
    jb      kernel_fault

    # An interrupt: leave the IST stack, because its handler may switch threads. The frame goes onto the interrupted
    # thread's own stack, below the red zone that the runtime's C++ code uses.
    mov     %rsp, %rsi
    mov     20 * 8(%rsp), %rdi      # interrupted rsp
    sub     $(128 + 22 * 8), %rdi
    and     $-16, %rdi
    mov     %rdi, %rbx
    mov     $22, %ecx
    rep movsq
    mov     %rbx, %rsp
    mov     $floor_kernel_interrupt, %r13
    jmp     call_handler

kernel_fault:
    mov     %rsp, %rbx
    mov     $floor_kernel_fault, %r13

# rbx = frame, r13 = handler(frame, vector state). The vector registers are the interrupted code's: kept around it.
call_handler:
    mov     floor_vector_area_bytes(%rip), %rax
    sub     %rax, %rsp
    and     $-64, %rsp
    mov     %rsp, %r12
    xor     %eax, %eax
    mov     %rax, 512(%r12)
    mov     %rax, 520(%r12)
    mov     %rax, 528(%r12)
    mov     %rax, 536(%r12)
    mov     %rax, 544(%r12)
    mov     %rax, 552(%r12)
    mov     %rax, 560(%r12)
    mov     %rax, 568(%r12)
    mov     $-1, %eax
    mov     $-1, %edx
    xsave64 (%r12)
    mov     %rbx, %rdi
    mov     %r12, %rsi
    call    *%r13
    mov     $-1, %eax
    mov     $-1, %edx
    xrstor64 (%r12)
    mov     %rbx, %rsp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %r11
    pop     %r10
    pop     %r9
    pop     %r8
    pop     %rdi
    pop     %rsi
    pop     %rbp
    pop     %rbx
    pop     %rdx
    pop     %rcx
    pop     %rax
    add     $16, %rsp
    iretq

.section .rodata.traps, "a", @progbits
    .align 4
default_mxcsr:
    .long 0x1f80

.section .data.traps, "aw", @progbits
    .align 8
# Bytes of an XSAVE area for the enabled components; set at power-on.
.globl floor_vector_area_bytes
floor_vector_area_bytes:
    .quad 0
# Not 0: a panic is being reported.
.globl floor_is_stopping
floor_is_stopping:
    .long 0

.section .note.GNU-stack, "", @progbits
