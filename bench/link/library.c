/* One of many libraries: some functions and relocations, as libraries have. NUMBER is which. */
#define JOIN(a, b) a##b
#define NAMED(a, b) JOIN(a, b)

static int first(int value) { return value + 1; }
static int second(int value) { return value + 2; }

int (*const NAMED(functions_, NUMBER)[2])(int) = { first, second };

int NAMED(library_, NUMBER)(int value)
{
    return NAMED(functions_, NUMBER)[value & 1](value);
}
