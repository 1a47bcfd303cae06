/* What LevitateOS tells of its garbage collector. Counts are read with few calls and little text: reading makes garbage, too. */
#include "micro.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long long s_count, s_sum;

/* Reads a file into a buffer as text; false where there is none. */
static bool read_text(const char *name, char *text, size_t size)
{
    size_t length = 0;
    ssize_t count;
    int file = open(name, O_RDONLY);
    if (file < 0)
    {
        return false;
    }

    while (length < size - 1 && (count = read(file, text + length, size - 1 - length)) > 0)
    {
        length += (size_t)count;
    }

    close(file);
    text[length] = 0;
    return true;
}

static long long find(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    return line == NULL ? 0 : atoll(line + strlen(name));
}

static void read_counts(long long *count, long long *sum)
{
    static char s_text[4096];
    bool isThere = read_text("/proc/levitate", s_text, sizeof s_text);
    *count = isThere ? find(s_text, "\nworld_stops ") : 0;
    *sum = isThere ? find(s_text, "\nworld_stops_nanoseconds ") : 0;
}

/* The longest stop after the first so many. */
static long long longest_after(long long count)
{
    static char s_text[16384];
    long long longest = 0, number, nanoseconds;
    int length;
    if (read_text("/proc/levitate_stops", s_text, sizeof s_text))
    {
        for (const char *at = s_text; sscanf(at, "%lld %lld\n%n", &number, &nanoseconds, &length) == 2; at += length)
        {
            longest = number > count && nanoseconds > longest ? nanoseconds : longest;
        }
    }

    return longest;
}

long long begin(void)
{
    read_counts(&s_count, &s_sum);
    return now();
}

struct pauses pauses_since_begin(void)
{
    struct pauses pauses;
    read_counts(&pauses.count, &pauses.sum);
    pauses.count -= s_count;
    pauses.sum -= s_sum;
    pauses.longest = pauses.count > 0 ? longest_after(s_count) : 0;
    return pauses;
}
