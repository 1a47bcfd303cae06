/* A shared library with code, data, thread-local storage, a constructor and a destructor. NAME says which copy it is. */
#include "greeting.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local int s_counter = 100;
static _Thread_local char s_zeroes[64];
static const char *s_state = "not constructed";

__attribute__((constructor)) static void construct(void)
{
    s_state = NAME;
    if (getenv("GREETING_QUIET") == NULL)
    {
        printf("%s: constructor\n", NAME);
    }
}

__attribute__((destructor)) static void destruct(void)
{
    if (getenv("GREETING_QUIET") == NULL)
    {
        printf("%s: destructor\n", NAME);
    }
}

const char *greeting(void)
{
    return s_state;
}

int greeting_count(int amount)
{
    s_counter += amount;
    return s_counter + s_zeroes[amount & 63];
}

int *greeting_counter(void)
{
    return &s_counter;
}
