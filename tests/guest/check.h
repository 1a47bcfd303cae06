/* A line for each thing that should hold; finish() is the status. The lines are compared with Linux's. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int s_failed;

/* Says whether something holds. */
static inline void check(const char *what, int holds)
{
    printf("%s: %s\n", what, holds ? "yes" : "NO");
    s_failed |= !holds;
}

/* Says how a call ended: "what: ok" or "what: the error's name". */
static inline void outcome(const char *what, long result)
{
    printf("%s: %s\n", what, result >= 0 ? "ok" : strerror(errno));
}

/* The program's status. */
static inline int finish(void)
{
    return s_failed;
}

#endif
