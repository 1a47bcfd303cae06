# Variables of the C library, and those of each thread. ILC exports methods only.

.section .bss
    .balign 8

# FILE *stderr, *stdout; char **environ: null. The stdio functions ignore their stream.
.globl stderr, stdout, environ
.type stderr, @object
.type stdout, @object
.type environ, @object
.size stderr, 8
.size stdout, 8
.size environ, 8
stderr:
    .skip 8
stdout:
    .skip 8
environ:
    .skip 8

.section .tbss, "awT", @nobits
    .balign 8
error_number:
    .skip 8

# One pointer for each key of pthread_key_create; Threads.Keys knows how many.
specific_values:
    .skip 8 * 8

.section .text.threadlocal, "ax", @progbits

# int *__errno_location(void)
.globl __errno_location
.type __errno_location, @function
.align 16
__errno_location:
    mov     %fs:0, %rax
    lea     error_number@tpoff(%rax), %rax
    ret

# void **levitate_specific_values(void)
.globl levitate_specific_values
.type levitate_specific_values, @function
.align 16
levitate_specific_values:
    mov     %fs:0, %rax
    lea     specific_values@tpoff(%rax), %rax
    ret

.section .note.GNU-stack, "", @progbits
