/* The first program of all: says how it was built. */
#include <stdio.h>

int main(void)
{
    puts("Hello, world! I am " VARIANT ".");
    return fflush(stdout) == 0 ? 0 : 1;
}
