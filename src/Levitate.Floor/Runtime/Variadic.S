# C functions with "..." in their signature: they lay their registers out as a va_list (System V ABI, x86-64, figure 3.34)
# and hand over to the function that takes one, in TextFormatter.cs.

.macro variadic name, target, named, list
.globl \name
.type \name, @function
.align 16
\name:
    sub     $0xd8, %rsp                     # 0: va_list; 0x20: the registers' save area
    mov     %rdi, 0x20(%rsp)
    mov     %rsi, 0x28(%rsp)
    mov     %rdx, 0x30(%rsp)
    mov     %rcx, 0x38(%rsp)
    mov     %r8, 0x40(%rsp)
    mov     %r9, 0x48(%rsp)
    test    %al, %al                        # the number of vector registers used
    je      1f
    movaps  %xmm0, 0x50(%rsp)
    movaps  %xmm1, 0x60(%rsp)
    movaps  %xmm2, 0x70(%rsp)
    movaps  %xmm3, 0x80(%rsp)
    movaps  %xmm4, 0x90(%rsp)
    movaps  %xmm5, 0xa0(%rsp)
    movaps  %xmm6, 0xb0(%rsp)
    movaps  %xmm7, 0xc0(%rsp)
1:  movl    $8 * \named, (%rsp)             # gp_offset
    movl    $48, 4(%rsp)                    # fp_offset
    lea     0xe0(%rsp), %rax
    mov     %rax, 8(%rsp)                   # overflow_arg_area
    lea     0x20(%rsp), %rax
    mov     %rax, 16(%rsp)                  # reg_save_area
    mov     %rsp, %\list
    call    \target
    add     $0xd8, %rsp
    ret
.size \name, . - \name
.endm

.section .text.variadic, "ax", @progbits

# int snprintf(char *text, size_t size, const char *format, ...)
variadic snprintf, vsnprintf, 3, rcx

# int fprintf(FILE *stream, const char *format, ...)
variadic fprintf, vfprintf, 2, rdx

.section .note.GNU-stack, "", @progbits
