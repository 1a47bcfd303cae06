# The vDSO: what a C library calls instead of the kernel to read a clock. The kernel maps it into every program (AT_SYSINFO_EHDR),
# below it a page with what the clocks are made of (Levitate.Kernel/Time/Vdso.cs). Where the clock is not to be read in
# user mode, each function is its system call.
#
# Linux: vdso(7). The functions are called as any C function, from any C library, in any thread.

# The page below the image.
.set MULTIPLIER, 0          # nanoseconds a TSC tick, times 2^32; 0: ask the kernel
.set REALTIME_OFFSET, 8     # CLOCK_REALTIME less CLOCK_MONOTONIC in nanoseconds. One aligned word, so that a reader has the old or the new one
.set HAS_PROCESSOR, 16      # whether RDTSCP tells the processor's number

.set NR_gettimeofday, 96
.set NR_time, 201
.set NR_clock_gettime, 228
.set NR_getcpu, 309

.set NANOSECONDS_PER_SECOND, 1000000000

# The clocks that can be read here, by number: CLOCK_REALTIME and its coarse kin; CLOCK_MONOTONIC, its raw and coarse kin
# and CLOCK_BOOTTIME.
.set REALTIME_CLOCKS, (1 << 0) | (1 << 5)
.set MONOTONIC_CLOCKS, (1 << 1) | (1 << 4) | (1 << 6) | (1 << 7)
.set LAST_CLOCK, 7

.macro function name, alias
    .globl  \name
    .type   \name, @function
    .weak   \alias
    .type   \alias, @function
    .align  16
\name:
\alias:
    .cfi_startproc
.endm

.macro end name, alias
    .cfi_endproc
    .size   \name, . - \name
    .size   \alias, . - \alias
.endm

# rax = nanoseconds since power-on, as the kernel's floor_clock_now has it, plus r8. r9 = the multiplier. Uses rdx.
# LFENCE: the counter is read neither before what comes earlier nor, where that is another thread's reading, less than it.
.macro read_clock
    lfence
    rdtsc
    shl     $32, %rdx
    or      %rdx, %rax
    mul     %r9
    shrd    $32, %rdx, %rax
    add     %r8, %rax
.endm

# rax = seconds, rdx = nanoseconds, of rax nanoseconds. Uses rcx.
.macro split_seconds
    xor     %edx, %edx
    mov     $NANOSECONDS_PER_SECOND, %ecx
    div     %rcx
.endm

.text

# int clock_gettime(clockid_t clock, struct timespec *time)
function __vdso_clock_gettime, clock_gettime
    cmp     $LAST_CLOCK, %edi
    ja      2f
    xor     %r8d, %r8d
    mov     $MONOTONIC_CLOCKS, %eax
    bt      %edi, %eax
    jc      1f
    mov     $REALTIME_CLOCKS, %eax
    bt      %edi, %eax
    jnc     2f
    mov     clock_page + REALTIME_OFFSET(%rip), %r8
1:  mov     clock_page + MULTIPLIER(%rip), %r9
    test    %r9, %r9
    jz      2f
    read_clock
    split_seconds
    mov     %rax, (%rsi)
    mov     %rdx, 8(%rsi)
    xor     %eax, %eax
    ret
2:  mov     $NR_clock_gettime, %eax
    syscall
    ret
end __vdso_clock_gettime, clock_gettime

# int gettimeofday(struct timeval *time, struct timezone *zone)
function __vdso_gettimeofday, gettimeofday
    mov     clock_page + MULTIPLIER(%rip), %r9
    test    %r9, %r9
    jz      3f
    test    %rdi, %rdi
    jz      1f
    mov     clock_page + REALTIME_OFFSET(%rip), %r8
    read_clock
    split_seconds
    mov     %rax, (%rdi)
    mov     %edx, %eax
    xor     %edx, %edx
    mov     $1000, %ecx
    div     %ecx
    mov     %rax, 8(%rdi)
1:  test    %rsi, %rsi
    jz      2f
    movq    $0, (%rsi)          # UTC
2:  xor     %eax, %eax
    ret
3:  mov     $NR_gettimeofday, %eax
    syscall
    ret
end __vdso_gettimeofday, gettimeofday

# time_t time(time_t *time)
function __vdso_time, time
    mov     clock_page + MULTIPLIER(%rip), %r9
    test    %r9, %r9
    jz      2f
    mov     clock_page + REALTIME_OFFSET(%rip), %r8
    read_clock
    split_seconds
    test    %rdi, %rdi
    jz      1f
    mov     %rax, (%rdi)
1:  ret
2:  mov     $NR_time, %eax
    syscall
    ret
end __vdso_time, time

# int getcpu(unsigned *processor, unsigned *node, void *unused)
function __vdso_getcpu, getcpu
    cmpl    $0, clock_page + HAS_PROCESSOR(%rip)
    je      3f
    rdtscp
    test    %rdi, %rdi
    jz      1f
    mov     %ecx, (%rdi)
1:  test    %rsi, %rsi
    jz      2f
    movl    $0, (%rsi)
2:  xor     %eax, %eax
    ret
3:  mov     $NR_getcpu, %eax
    syscall
    ret
end __vdso_getcpu, getcpu

.section .note.GNU-stack, "", @progbits
