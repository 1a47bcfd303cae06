/*
 * What the parts of bench_micro share. Each part measures some lines and says "NAME VALUE", the mean in nanoseconds; under
 * QEMU's -icount shift=0 a nanosecond is an instruction.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The monotonic clock in nanoseconds. */
long long now(void);

/* The same, as the beginning of what is measured: the garbage collector's pauses from here on are the line's. */
long long begin(void);

/* Says a line that has been measured until now, where it is wanted. */
void report(const char *name, double nanoseconds);

/*
 * The stops of all threads by the kernel's garbage collector since begin(): how many, how long together and the longest, in
 * nanoseconds; all 0 where the kernel has no such thing. LevitateOS tells them in /proc/levitate and /proc/levitate_stops.
 */
struct pauses
{
    long long count, sum, longest;
};
struct pauses pauses_since_begin(void);

/* Says a line with the pauses in it, where it is wanted, for what was measured earlier. */
void report_with_pauses(const char *name, double nanoseconds, struct pauses pauses);

/* Whether a line was asked for: what nobody asked for is not measured. */
bool is_wanted(const char *name);

/* Ends the program, with the reason that errno has. */
void fail(const char *what);

/* Runs an action so often, after a tenth of that to warm up, and says the mean. */
void measure(const char *name, int rounds, void (*action)(void));

void measure_calls(void);
void measure_signals(void);
void measure_processes(void);
void measure_switches(void);
void measure_channels(void);
void measure_memory(void);
void measure_files(void);
void measure_threads(void);
