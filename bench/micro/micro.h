/*
 * What the parts of bench_micro share. Each part measures some lines and says "NAME VALUE", the mean in nanoseconds; under
 * QEMU's -icount shift=0 a nanosecond is an instruction.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The monotonic clock in nanoseconds. */
long long now(void);

/* Says a line, where it is wanted. */
void report(const char *name, double nanoseconds);

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
