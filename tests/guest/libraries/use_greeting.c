/* Calls a library that the dynamic linker found: by rpath, $ORIGIN, LD_LIBRARY_PATH or LD_PRELOAD. */
#include "greeting.h"

#include <stdio.h>

static _Thread_local int s_own = 7;

__attribute__((constructor)) static void construct(void)
{
    printf("program: constructor\n");
}

__attribute__((destructor)) static void destruct(void)
{
    printf("program: destructor\n");
}

int main(void)
{
    printf("program: main, the greeting is %s\n", greeting());
    s_own += greeting_count(5);
    printf("program: thread-local %d %d\n", s_own, *greeting_counter());
    return 0;
}
