using System;
using System.Collections.Generic;

namespace Levitate.Cli.Benchmarks;

/// <summary>A figure that is measured by a guest program, which prints "NAME VALUE" with the value in nanoseconds.</summary>
/// <param name="Name">What the program calls it.</param>
/// <param name="Program">The program in the default image.</param>
/// <param name="Meaning">What is measured.</param>
/// <param name="LinuxReference">What Linux 6.1 of Debian takes, mitigations off, as measured when the project began; null: it has no such figure.</param>
/// <param name="Target">What LevitateOS is to reach.</param>
/// <param name="Cpus">How many processors the guest has.</param>
internal sealed record Benchmark(string Name, string Program, string Meaning, double? LinuxReference, double Target, int Cpus = 1)
{
    /// <summary>The deterministic ones: guest instructions, by QEMU's -icount shift=0, of all processors together.</summary>
    public static IReadOnlyList<Benchmark> Counted { get; } =
    [
        new("getppid", "/bin/bench_getppid", "getppid", 361, 130),
        new("touch", "/bin/bench_touch", "anonymous page touch (16 MB mmap, touch, munmap)", 8_335, 4_000),
        new("boot", "/bin/bench_boot", "power-on to the first user instruction", 1_600_000_000, 20_000_000),
        new("pipe", "/bin/bench_pipe", "pipe write + read, a byte", 2_460, 1_000),
        new("pingpong", "/bin/bench_pipe", "pipe ping-pong between two processes, a round trip", 11_221, 6_000),
        new("fork", "/bin/bench_process", "fork + exit + wait (dynamic musl program)", 304_910, 150_000),
        new("exec", "/bin/bench_process", "fork + exec + exit + wait (dynamic musl program)", 866_702, 400_000),
        new("gc-stop", "/bin/bench_gc", "longest stop of the world, 2 CPUs, 500 threads asleep", null, 5_000_000, Cpus: 2),
    ];

    /// <summary>
    /// What a second processor is worth: the time of two processes at once over that of one alone, measured by one
    /// program, on the same machine under Linux. Wall time: others on the host's processors make it worse.
    /// </summary>
    public static IReadOnlyList<Benchmark> Parallel { get; } =
    [
        new("smp-cpu", ParallelProgram, "two processes that compute, over one", null, 1.15),
        new("smp-getppid", ParallelProgram, "two processes that call getppid, over one", null, 1.25),
        new("smp-touch", ParallelProgram, "two processes that touch pages of their own, over one", null, 1.25),
        new("smp-pipe", ParallelProgram, "two processes with a pipe to themselves, over one", null, 1.25),
        new("smp-fork", ParallelProgram, "two processes that fork and wait, over one", null, 1.25),
        new("smp-futex", ParallelProgram, "two processes whose threads hand over by a futex, over one", null, 1.25),
        new("smp-read", ParallelProgram, "two processes that read the same file, over one", null, 1.25),
    ];

    /// <summary>The program that measures all of <see cref="Parallel"/>.</summary>
    public const string ParallelProgram = "/bin/bench_smp";
}

/// <summary>A measured figure; the values are in guest instructions unless the unit says otherwise.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Meaning">What is measured.</param>
/// <param name="Unit">"instructions", "seconds", "bytes" or "times".</param>
/// <param name="Levitate">LevitateOS, measured now.</param>
/// <param name="Linux">Linux: measured now with --vs linux, else the reference; null where it does not apply.</param>
/// <param name="Target">What is to be reached.</param>
internal sealed record Measurement(string Name, string Meaning, string Unit, double Levitate, double? Linux, double Target)
{
    /// <summary>How far LevitateOS's runs lie apart, as a share of the figure.</summary>
    public double Spread { get; init; }

    /// <summary>Whether the target is reached.</summary>
    public bool IsReached => Levitate <= Target;

    /// <summary>The figures in it.</summary>
    /// <param name="linuxWasMeasured">Whether Linux's is one, and not only known from before.</param>
    public IEnumerable<Figure> ToFigures(bool linuxWasMeasured)
    {
        yield return new Figure(Name, Figure.LevitateSystem, Unit, Levitate, Math.Round(Spread, 5));
        if (linuxWasMeasured && Linux is { } linux)
        {
            yield return new Figure(Name, MeasuredSystem.Linux, Unit, linux, 0);
        }
    }
}
