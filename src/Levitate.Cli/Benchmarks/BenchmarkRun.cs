using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Levitate.Cli.Building;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Benchmarks;

/// <summary>Measures LevitateOS.</summary>
internal sealed class BenchmarkRun(Workspace workspace)
{
    /// <summary>The name of the figure that <see cref="MeasureWallClock"/> gives.</summary>
    public const string WallClockName = "hello";

    /// <summary>The name of the figure that <see cref="MeasureImageSize"/> gives.</summary>
    public const string ImageSizeName = "image";

    /// <summary>What <see cref="MeasureWallClock"/> is to reach, in seconds.</summary>
    public const double WallClockTarget = 0.35;

    /// <summary>What <see cref="MeasureImageSize"/> is to reach, in bytes.</summary>
    public const double ImageSizeTarget = 4 << 20;

    private const int WallClockRuns = 7;
    private const double WallClockLinux = 2.0;

    /// <summary>What a guest program measures, in guest instructions.</summary>
    public double Count(Benchmark benchmark) => Run(benchmark.Program, countsInstructions: true, benchmark.Cpus).Read(benchmark.Name);

    /// <summary>LevitateOS for what is measured side by side.</summary>
    public MeasuredSystem System() =>
        new(Figure.LevitateSystem, Figure.Instructions, (program, arguments) => Run(program, countsInstructions: true, arguments: arguments).Output);

    /// <summary>What several processors are worth.</summary>
    /// <param name="cpus">How many the VM has.</param>
    /// <param name="linux">What the program printed under Linux; null: nothing.</param>
    public IEnumerable<Measurement> MeasureProcessors(int cpus, string? linux)
    {
        // On the machine that Linux finds a second processor of.
        GuestResult result = Run(Benchmark.ParallelProgram, countsInstructions: false, cpus, MachineKind.Q35);
        foreach (Benchmark benchmark in Benchmark.Parallel)
        {
            double? reference = linux is null ? null : ReadValue(benchmark.Name, linux);
            yield return new Measurement(benchmark.Name, benchmark.Meaning, "times", result.Read(benchmark.Name), reference, benchmark.Target);
        }
    }

    /// <summary>The VM's part of `vm exec /bin/hello_dynamic`: QEMU's start to the program's exit, the median of several runs under TCG.</summary>
    /// <param name="linux">What a Linux guest takes, in seconds; null: as it was measured when the project began.</param>
    public Measurement MeasureWallClock(double? linux)
    {
        double[] seconds = [.. Enumerable.Range(0, WallClockRuns)
            .Select(_ => Run("/bin/hello_dynamic", countsInstructions: false).Time.TotalSeconds)
            .Order()];
        double median = seconds[WallClockRuns / 2];
        return new Measurement(WallClockName, "vm exec /bin/hello_dynamic under TCG, the VM's part", "seconds", median, linux ?? WallClockLinux, WallClockTarget)
        {
            Spread = (seconds[^1] - seconds[0]) / median,
        };
    }

    /// <summary>The kernel's stripped size.</summary>
    public Measurement MeasureImageSize() =>
        new(ImageSizeName, "the kernel, stripped", "bytes", new FileInfo(workspace.Kernel).Length, null, ImageSizeTarget);

    /// <summary>Finds "NAME VALUE" in what a program printed; null where it is not there.</summary>
    internal static double? ReadValue(string name, string output)
    {
        foreach (string line in output.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 2 && words[0] == name && double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value > 0)
            {
                return value;
            }
        }

        return null;
    }

    private GuestResult Run(
        string program, bool countsInstructions, int cpus = 1, MachineKind machine = MachineKind.Microvm, params IReadOnlyList<string> arguments) =>
        new GuestProgram(program, arguments) { CountsInstructions = countsInstructions, Cpus = cpus, Machine = machine }.RunWell(workspace);
}
