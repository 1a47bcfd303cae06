# The C library's memory functions. In assembly because ILC turns a copying loop into a call of the function that the
# loop would define, and because the count of instructions matters: 64 bytes take 10, whatever the processor. (rep movs
# would count as one instruction per element under QEMU's instruction counter, and has a start-up cost on hardware.)

.section .text.memory, "ax", @progbits

# void *memcpy(void *destination, const void *source, size_t length)
# void *memmove(void *destination, const void *source, size_t length)
# Loads everything that the last stores could overwrite before storing it: ranges may overlap.
.globl memcpy
.globl memmove
.type memcpy, @function
.type memmove, @function
.align 32
memcpy:
memmove:
    mov     %rdi, %rax
    cmp     $16, %rdx
    jb      3f
    cmp     $32, %rdx
    ja      1f
    movups  (%rsi), %xmm0                   # 16 to 32 bytes: two halves that overlap
    movups  -16(%rsi, %rdx), %xmm1
    movups  %xmm0, (%rdi)
    movups  %xmm1, -16(%rdi, %rdx)
    ret

1:  cmp     $64, %rdx
    ja      2f
    movups  (%rsi), %xmm0                   # 33 to 64 bytes: four quarters
    movups  16(%rsi), %xmm1
    movups  -32(%rsi, %rdx), %xmm2
    movups  -16(%rsi, %rdx), %xmm3
    movups  %xmm0, (%rdi)
    movups  %xmm1, 16(%rdi)
    movups  %xmm2, -32(%rdi, %rdx)
    movups  %xmm3, -16(%rdi, %rdx)
    ret

2:  mov     %rdi, %rcx
    sub     %rsi, %rcx
    cmp     %rdx, %rcx                      # does the destination begin within the source? (unsigned)
    jb      7f

    movups  -64(%rsi, %rdx), %xmm4          # forward; the last 64 bytes are stored at the end
    movups  -48(%rsi, %rdx), %xmm5
    movups  -32(%rsi, %rdx), %xmm6
    movups  -16(%rsi, %rdx), %xmm7
    lea     -64(%rdi, %rdx), %rdx           # the last block's place
    .align 16
6:  movups  (%rsi), %xmm0
    movups  16(%rsi), %xmm1
    movups  32(%rsi), %xmm2
    movups  48(%rsi), %xmm3
    add     $64, %rsi
    movups  %xmm0, (%rdi)
    movups  %xmm1, 16(%rdi)
    movups  %xmm2, 32(%rdi)
    movups  %xmm3, 48(%rdi)
    add     $64, %rdi
    cmp     %rdx, %rdi
    jb      6b
    movups  %xmm4, (%rdx)
    movups  %xmm5, 16(%rdx)
    movups  %xmm6, 32(%rdx)
    movups  %xmm7, 48(%rdx)
    ret

7:  movups  (%rsi), %xmm4                   # backward; the first 64 bytes are stored at the end
    movups  16(%rsi), %xmm5
    movups  32(%rsi), %xmm6
    movups  48(%rsi), %xmm7
    .align 16
8:  movups  -16(%rsi, %rdx), %xmm0
    movups  -32(%rsi, %rdx), %xmm1
    movups  -48(%rsi, %rdx), %xmm2
    movups  -64(%rsi, %rdx), %xmm3
    movups  %xmm0, -16(%rdi, %rdx)
    movups  %xmm1, -32(%rdi, %rdx)
    movups  %xmm2, -48(%rdi, %rdx)
    movups  %xmm3, -64(%rdi, %rdx)
    sub     $64, %rdx
    cmp     $64, %rdx
    ja      8b
    movups  %xmm4, (%rdi)
    movups  %xmm5, 16(%rdi)
    movups  %xmm6, 32(%rdi)
    movups  %xmm7, 48(%rdi)
    ret

3:  cmp     $8, %edx
    jb      4f
    mov     (%rsi), %rcx                    # 8 to 15 bytes
    mov     -8(%rsi, %rdx), %r8
    mov     %rcx, (%rdi)
    mov     %r8, -8(%rdi, %rdx)
    ret

4:  cmp     $4, %edx
    jb      5f
    mov     (%rsi), %ecx                    # 4 to 7 bytes
    mov     -4(%rsi, %rdx), %r8d
    mov     %ecx, (%rdi)
    mov     %r8d, -4(%rdi, %rdx)
    ret

5:  test    %edx, %edx
    je      9f
    mov     %edx, %r9d                      # 1 to 3 bytes: the first, the middle one, the last
    shr     $1, %r9d
    movzbl  (%rsi), %ecx
    movzbl  (%rsi, %r9), %r10d
    movzbl  -1(%rsi, %rdx), %r8d
    mov     %cl, (%rdi)
    mov     %r10b, (%rdi, %r9)
    mov     %r8b, -1(%rdi, %rdx)
9:  ret
.size memcpy, . - memcpy
.size memmove, . - memmove

# void *memset(void *destination, int value, size_t length)
.globl memset
.type memset, @function
.align 32
memset:
    movzbl  %sil, %ecx
    mov     $0x0101010101010101, %r8
    mov     %rdi, %rax
    imul    %r8, %rcx
    cmp     $16, %rdx
    jb      3f
    movq    %rcx, %xmm0
    punpcklqdq %xmm0, %xmm0
    movups  %xmm0, (%rdi)
    movups  %xmm0, -16(%rdi, %rdx)
    cmp     $32, %rdx
    jbe     9f
    movups  %xmm0, 16(%rdi)
    movups  %xmm0, -32(%rdi, %rdx)
    cmp     $64, %rdx
    jbe     9f
    movups  %xmm0, 32(%rdi)
    movups  %xmm0, 48(%rdi)
    movups  %xmm0, -48(%rdi, %rdx)
    movups  %xmm0, -64(%rdi, %rdx)
    cmp     $128, %rdx
    jbe     9f
    lea     -64(%rdi, %rdx), %rdx           # the last block is done
    add     $64, %rdi
    and     $-16, %rdi
    .align 16
1:  movaps  %xmm0, (%rdi)
    movaps  %xmm0, 16(%rdi)
    movaps  %xmm0, 32(%rdi)
    movaps  %xmm0, 48(%rdi)
    add     $64, %rdi
    cmp     %rdx, %rdi
    jb      1b
    ret

3:  cmp     $8, %edx
    jb      4f
    mov     %rcx, (%rdi)
    mov     %rcx, -8(%rdi, %rdx)
    ret

4:  cmp     $4, %edx
    jb      5f
    mov     %ecx, (%rdi)
    mov     %ecx, -4(%rdi, %rdx)
    ret

5:  test    %edx, %edx
    je      9f
    mov     %cl, (%rdi)
    mov     %cl, -1(%rdi, %rdx)
    shr     $1, %edx
    mov     %cl, (%rdi, %rdx)
9:  ret
.size memset, . - memset

.section .note.GNU-stack, "", @progbits
