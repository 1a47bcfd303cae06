# Copies to and from user memory. A page fault in one of the ranges below goes on at the range's landing
# (UserCopy.TryFixUp), so that the count of bytes is exact to the byte.

.include "layout.inc"

.section .text.usercopy, "ax", @progbits

# ulong floor_user_copy(void* destination, void* source, ulong length): bytes copied before the first that faults
#
# Most copies are of a structure or a word, so what is left below 64 bytes goes by the bits of its length. rsi, rdi and rdx
# move on after each store: where one faults, the tail goes on byte by byte from there.
.globl floor_user_copy
.align 16
floor_user_copy:
    mov     %rdx, %r8
    smap_site stac
.globl floor_user_copy_bulk
floor_user_copy_bulk:
    cmp     $8, %rdx
    jb      3f
    cmp     $64, %rdx
    jb      2f
1:  movups  (%rsi), %xmm0
    movups  16(%rsi), %xmm1
    movups  32(%rsi), %xmm2
    movups  48(%rsi), %xmm3
    movups  %xmm0, (%rdi)
    movups  %xmm1, 16(%rdi)
    movups  %xmm2, 32(%rdi)
    movups  %xmm3, 48(%rdi)
    add     $64, %rsi
    add     $64, %rdi
    sub     $64, %rdx
    cmp     $64, %rdx
    jae     1b
    test    %rdx, %rdx
    je      floor_user_copy_done
2:  test    $32, %dl
    je      1f
    movups  (%rsi), %xmm0
    movups  16(%rsi), %xmm1
    movups  %xmm0, (%rdi)
    movups  %xmm1, 16(%rdi)
    add     $32, %rsi
    add     $32, %rdi
    sub     $32, %rdx
    je      floor_user_copy_done
1:  test    $16, %dl
    je      1f
    movups  (%rsi), %xmm0
    movups  %xmm0, (%rdi)
    add     $16, %rsi
    add     $16, %rdi
    sub     $16, %rdx
    je      floor_user_copy_done
1:  test    $8, %dl
    je      3f
    mov     (%rsi), %rax
    mov     %rax, (%rdi)
    add     $8, %rsi
    add     $8, %rdi
    sub     $8, %rdx
    je      floor_user_copy_done
3:  test    $1, %dl
    je      1f
    movzbl  (%rsi), %eax
    mov     %al, (%rdi)
    inc     %rsi
    inc     %rdi
    dec     %rdx
    je      floor_user_copy_done
1:  test    $2, %dl
    je      1f
    movzwl  (%rsi), %eax
    mov     %ax, (%rdi)
    add     $2, %rsi
    add     $2, %rdi
    sub     $2, %rdx
1:  test    $4, %dl
    je      floor_user_copy_done
    mov     (%rsi), %eax
    mov     %eax, (%rdi)
    sub     $4, %rdx
    jmp     floor_user_copy_done
.globl floor_user_copy_tail
floor_user_copy_tail:
    movzbl  (%rsi), %eax
    mov     %al, (%rdi)
    inc     %rsi
    inc     %rdi
    dec     %rdx
    jne     floor_user_copy_tail
.globl floor_user_copy_done
floor_user_copy_done:
    smap_site clac
    mov     %r8, %rax
    sub     %rdx, %rax
    ret

# ulong floor_user_clear(void* destination, ulong length): bytes cleared before the first that faults
.globl floor_user_clear
.align 16
floor_user_clear:
    mov     %rsi, %r8
    smap_site stac
.globl floor_user_clear_bulk
floor_user_clear_bulk:
    cmp     $8, %rsi
    jb      floor_user_clear_tail
    cmp     $64, %rsi
    jb      2f
    xorps   %xmm0, %xmm0
1:  movups  %xmm0, (%rdi)
    movups  %xmm0, 16(%rdi)
    movups  %xmm0, 32(%rdi)
    movups  %xmm0, 48(%rdi)
    add     $64, %rdi
    sub     $64, %rsi
    cmp     $64, %rsi
    jae     1b
    cmp     $8, %rsi
    jb      floor_user_clear_tail
2:  movq    $0, (%rdi)
    add     $8, %rdi
    sub     $8, %rsi
    cmp     $8, %rsi
    jae     2b
.globl floor_user_clear_tail
floor_user_clear_tail:
    test    %rsi, %rsi
    je      floor_user_clear_done
    movb    $0, (%rdi)
    inc     %rdi
    dec     %rsi
    jne     floor_user_clear_tail
.globl floor_user_clear_done
floor_user_clear_done:
    smap_site clac
    mov     %r8, %rax
    sub     %rsi, %rax
    ret

# bool floor_user_load32(void* address, uint* value)
.globl floor_user_load32
.align 16
floor_user_load32:
    smap_site stac
.globl floor_user_word
floor_user_word:
    mov     (%rdi), %eax
    mov     %eax, (%rsi)
    smap_site clac
    mov     $1, %eax
    ret

# bool floor_user_compare_exchange32(void* address, uint expected, uint replacement, uint* previous)
.globl floor_user_compare_exchange32
.align 16
floor_user_compare_exchange32:
    smap_site stac
    mov     %esi, %eax
    lock cmpxchg %edx, (%rdi)
    mov     %eax, (%rcx)
    smap_site clac
    mov     $1, %eax
    ret
.globl floor_user_word_failed
floor_user_word_failed:
    smap_site clac
    xor     %eax, %eax
    ret

# void floor_clear_page(void* page): 4096 zero bytes
.globl floor_clear_page
.align 16
floor_clear_page:
    lea     4096(%rdi), %rax
    testb   $1, floor_has_avx(%rip)
    je      2f
    vpxor   %xmm0, %xmm0, %xmm0
1:
    .set offset, 0
    .rept 16
    vmovdqa %ymm0, offset(%rdi)
    .set offset, offset + 32
    .endr
    add     $512, %rdi
    cmp     %rax, %rdi
    jne     1b
    vzeroupper
    ret
2:  xorps   %xmm0, %xmm0
1:  movaps  %xmm0, (%rdi)
    movaps  %xmm0, 16(%rdi)
    movaps  %xmm0, 32(%rdi)
    movaps  %xmm0, 48(%rdi)
    movaps  %xmm0, 64(%rdi)
    movaps  %xmm0, 80(%rdi)
    movaps  %xmm0, 96(%rdi)
    movaps  %xmm0, 112(%rdi)
    sub     $-128, %rdi
    cmp     %rax, %rdi
    jne     1b
    ret


.section .data.usercopy, "aw", @progbits
# Whether the AVX state component is enabled; set at power-on.
.globl floor_has_avx
floor_has_avx:
    .quad 0

.section .note.GNU-stack, "", @progbits
