/*
 * fault KIND: does what ends a program: null, write-null, divide, illegal, privileged, breakpoint, stack, kernel, window,
 * noncanonical, execute-data, write-code, jump-null, abort, trap-flag. Status 3 when it lives on.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int s_zero;
static volatile int s_sink;

static int overrun(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return s_zero != 0 ? frame[0] : overrun(depth + 1) + frame[0];
}

static void jump(uintptr_t address)
{
    ((void (*)(void))address)();
}

static void read_from(uintptr_t address)
{
    s_sink = *(volatile int *)address;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    static unsigned char code[] = {0xc3};
    printf("about to: %s\n", kind);
    fflush(stdout);

    if (strcmp(kind, "null") == 0)
    {
        read_from((uintptr_t)s_zero);
    }
    else if (strcmp(kind, "write-null") == 0)
    {
        *(volatile int *)(uintptr_t)s_zero = 1;
    }
    else if (strcmp(kind, "divide") == 0)
    {
        s_sink = s_sink / s_zero;
    }
    else if (strcmp(kind, "overflow") == 0)
    {
        s_sink = INT32_MIN / (s_zero - 1);
    }
    else if (strcmp(kind, "illegal") == 0)
    {
        __asm__ volatile("ud2");
    }
    else if (strcmp(kind, "privileged") == 0)
    {
        __asm__ volatile("cli");
    }
    else if (strcmp(kind, "port") == 0)
    {
        __asm__ volatile("outb %%al, $0x80" : : "a"(0));
    }
    else if (strcmp(kind, "breakpoint") == 0)
    {
        __asm__ volatile("int3");
    }
    else if (strcmp(kind, "interrupt") == 0)
    {
        __asm__ volatile("int $0x20");
    }
    else if (strcmp(kind, "trap-flag") == 0)
    {
        __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop" : : : "memory", "cc");
    }
    else if (strcmp(kind, "stack") == 0)
    {
        s_sink = overrun(0);
    }
    else if (strcmp(kind, "stack-pointer") == 0)
    {
        __asm__ volatile("movabs $0xffff800000000000, %%rsp; push %%rax" : : : "memory");
    }
    else if (strcmp(kind, "kernel") == 0)
    {
        jump(0xffffffff80000000);
    }
    else if (strcmp(kind, "read-kernel") == 0)
    {
        read_from(0xffffffff80000000);
    }
    else if (strcmp(kind, "window") == 0)
    {
        read_from(0x600000000000);
    }
    else if (strcmp(kind, "write-window") == 0)
    {
        *(volatile int *)0x600000001000 = 1;
    }
    else if (strcmp(kind, "jump-window") == 0)
    {
        jump(0x600000000000);
    }
    else if (strcmp(kind, "noncanonical") == 0)
    {
        read_from(0x800000000000);
    }
    else if (strcmp(kind, "jump-noncanonical") == 0)
    {
        jump(0x1234567812345678);
    }
    else if (strcmp(kind, "execute-data") == 0)
    {
        jump((uintptr_t)code);
    }
    else if (strcmp(kind, "write-code") == 0)
    {
        *(volatile unsigned char *)(uintptr_t)main = 0xc3;
    }
    else if (strcmp(kind, "jump-null") == 0)
    {
        jump((uintptr_t)s_zero);
    }
    else if (strcmp(kind, "floating") == 0)
    {
        /* An SSE exception that is not masked: #XM. */
        unsigned int control = 0x1f00;
        __asm__ volatile("ldmxcsr %0; pxor %%xmm0, %%xmm0; divsd %%xmm0, %%xmm0" : : "m"(control) : "xmm0");
    }
    else if (strcmp(kind, "alignment") == 0)
    {
        __asm__ volatile("movaps 1(%%rsp), %%xmm0" : : : "xmm0");
    }
    else if (strcmp(kind, "abort") == 0)
    {
        abort();
    }
    else
    {
        fprintf(stderr, "unknown kind\n");
        return 2;
    }

    printf("still alive\n");
    return 3;
}
