# The way into and out of user mode, and every interrupt vector.
# Source: Intel SDM volume 3, chapter 6 (interrupts), volume 2 (SYSCALL, SYSRET, XSAVE); the calling convention is the
# x86-64 psABI's.
.include "layout.inc"

.section .text.traps, "ax", @progbits

# long floor_enter_user(UserState* state): enters ring 3 and returns EXIT_* when it is left.
.globl floor_enter_user
floor_enter_user:
    push    %rbp
    push    %rbx
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    cli
    cmpl    $0, US_ATTENTION(%rdi)
    jne     enter_attention
enter_go:
    mov     US_RIP(%rdi), %rbx
    mov     %rbx, %rax
    shr     $47, %rax
    jne     enter_bad_rip
    mov     %rsp, US_KERNEL_RSP(%rdi)
    mov     %rdi, %gs:CPU_USER_STATE
    mov     US_VECTOR_AREA(%rdi), %rcx
    mov     $-1, %eax
    mov     $-1, %edx
.globl floor_enter_xrstor
floor_enter_xrstor:
    xrstor64 (%rcx)                 # a fault here (a bad area) goes to floor_enter_xrstor_failed
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
    mov     US_RSI(%rdi), %rsi
    mov     US_RDX(%rdi), %rdx
    mov     US_RAX(%rdi), %rax
    mov     US_RFLAGS(%rdi), %r11
    # SYSRET puts rip into rcx and the flags into r11: it serves only where that is what they hold.
    cmp     %rbx, US_RCX(%rdi)
    jne     1f
    cmp     %r11, US_R11(%rdi)
    jne     1f
    and     $USER_FLAGS, %r11d
    or      $0x202, %r11d
    mov     %rbx, %rcx
    mov     US_RBX(%rdi), %rbx
    mov     US_RSP(%rdi), %rsp
    mov     US_RDI(%rdi), %rdi
    sysretq
1:  and     $USER_FLAGS, %r11d
    or      $0x202, %r11d
    pushq   $USER_DATA
    pushq   US_RSP(%rdi)
    pushq   %r11
    pushq   $USER_CODE
    pushq   %rbx
    mov     US_R11(%rdi), %r11
    mov     US_RBX(%rdi), %rbx
    mov     US_RCX(%rdi), %rcx
    mov     US_RDI(%rdi), %rdi
    iretq

.globl floor_enter_xrstor_failed
floor_enter_xrstor_failed:
enter_bad_rip:
    movq    $13, US_TRAP(%rdi)
    movq    $0, US_ERROR(%rdi)
    movl    $EXIT_FAULT, %eax
    jmp     2f
enter_attention:
    testl   $ATTENTION_GS, US_ATTENTION(%rdi)
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
2:  sti
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbx
    pop     %rbp
    ret

# The syscall instruction: rcx = rip, r11 = flags, interrupts off (SFMASK), still on the user's stack.
.globl floor_syscall_entry
floor_syscall_entry:
    swapgs
    mov     %rsp, %gs:CPU_SCRATCH
    mov     %gs:CPU_USER_STATE, %rsp
    mov     %rax, US_RAX(%rsp)
    mov     %rbx, US_RBX(%rsp)
    mov     %rcx, US_RCX(%rsp)
    mov     %rdx, US_RDX(%rsp)
    mov     %rsi, US_RSI(%rsp)
    mov     %rdi, US_RDI(%rsp)
    mov     %rbp, US_RBP(%rsp)
    mov     %r8, US_R8(%rsp)
    mov     %r9, US_R9(%rsp)
    mov     %r10, US_R10(%rsp)
    mov     %r11, US_R11(%rsp)
    mov     %r12, US_R12(%rsp)
    mov     %r13, US_R13(%rsp)
    mov     %r14, US_R14(%rsp)
    mov     %r15, US_R15(%rsp)
    mov     %rcx, US_RIP(%rsp)
    mov     %r11, US_RFLAGS(%rsp)
    mov     %gs:CPU_SCRATCH, %rax
    mov     %rax, US_RSP(%rsp)
    mov     %rsp, %rdi
    mov     $EXIT_SYSCALL, %ebx
    jmp     leave_user

# The common end of every way out of user mode: rdi = state with the integer registers saved, ebx = exit reason.
leave_user:
    rdfsbase %rax
    mov     %rax, US_FS(%rdi)
    mov     $-1, %eax
    mov     $-1, %edx
    mov     US_VECTOR_AREA(%rdi), %rcx
    xsave64 (%rcx)
    ldmxcsr default_mxcsr(%rip)
    mov     %gs:CPU_CURRENT_THREAD, %rax
    mov     THREAD_TLS(%rax), %rax
    wrfsbase %rax
    mov     US_KERNEL_RSP(%rdi), %rsp
    mov     %ebx, %eax
    cmp     $EXIT_INTERRUPT, %ebx
    je      1f
    sti
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbx
    pop     %rbp
    ret
1:  lock andl $~ATTENTION_EXIT, US_ATTENTION(%rdi)
    sub     $8, %rsp                # the stack is 16-byte aligned at calls
    mov     US_TRAP(%rdi), %rdi
    call    floor_user_interrupt    # may switch to other threads
    add     $8, %rsp
    mov     $EXIT_INTERRUPT, %eax
    sti
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbx
    pop     %rbp
    ret

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
    mov     $EXIT_FAULT, %ebx
    cmp     $32, %eax
    jae     1f
    cmp     $2, %eax                # an NMI is nobody's fault
    jne     leave_user
1:  mov     $EXIT_INTERRUPT, %ebx
    jmp     leave_user

kernel_trap:
    # A #DB can hit the first instruction of the syscall entry (after MOV SS), and an NMI any: touch nothing, go on.
    cmpl    $2, (%rsp)
    je      2f
    cmpl    $1, (%rsp)
    jne     3f
    andq    $~0x100, 32(%rsp)
2:  add     $16, %rsp
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

.section .note.GNU-stack, "", @progbits
