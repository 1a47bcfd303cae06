using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.Benchmarks;

/// <summary>Measures LevitateOS.</summary>
internal sealed class BenchmarkRun(Workspace workspace)
{
    /// <summary>The name of the figure that <see cref="MeasureWallClock"/> gives.</summary>
    public const string WallClockName = "hello";

    /// <summary>The name of the figure that <see cref="MeasureImageSize"/> gives.</summary>
    public const string ImageSizeName = "image";

    private const int WallClockRuns = 7;
    private const double WallClockTarget = 0.35;
    private const double WallClockLinux = 2.0;
    private const double ImageSizeTarget = 4 << 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>What a guest program measures, in guest instructions.</summary>
    public double Count(Benchmark benchmark) => Find(benchmark, Run(benchmark.Program, countsInstructions: true, benchmark.Cpus));

    /// <summary>LevitateOS for what is measured side by side.</summary>
    public MeasuredSystem System() =>
        new(Figure.LevitateSystem, Figure.Instructions, (program, arguments) => Run(program, countsInstructions: true, arguments: arguments));

    /// <summary>What several processors are worth.</summary>
    /// <param name="cpus">How many the VM has.</param>
    /// <param name="linux">What the program printed under Linux; null: nothing.</param>
    public IEnumerable<Measurement> MeasureProcessors(int cpus, string? linux)
    {
        // On the machine that Linux finds a second processor of.
        string output = Run(Benchmark.ParallelProgram, countsInstructions: false, cpus, MachineKind.Q35);
        foreach (Benchmark benchmark in Benchmark.Parallel)
        {
            double? reference = linux is null ? null : ReadValue(benchmark.Name, linux);
            yield return new Measurement(benchmark.Name, benchmark.Meaning, "times", Find(benchmark, output), reference, benchmark.Target);
        }
    }

    /// <summary>The VM's part of `vm exec /bin/hello_dynamic`: QEMU's start to the program's exit, the median of several runs under TCG.</summary>
    /// <param name="linux">What a Linux guest takes, in seconds; null: as it was measured when the project began.</param>
    public Measurement MeasureWallClock(double? linux)
    {
        var seconds = new List<double>();
        for (int run = 0; run < WallClockRuns; run++)
        {
            GuestSession session = Session("/bin/hello_dynamic", countsInstructions: false, _ => { });
            Expect(session.Run(), "/bin/hello_dynamic");
            seconds.Add(session.MachineTime.TotalSeconds);
        }

        double median = seconds.Order().ElementAt(WallClockRuns / 2);
        return new Measurement(WallClockName, "vm exec /bin/hello_dynamic under TCG, the VM's part", "seconds", median, linux ?? WallClockLinux, WallClockTarget);
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

    private static double Find(Benchmark benchmark, string output) => ReadValue(benchmark.Name, output)
        ?? throw new ToolException($"{benchmark.Program} did not print \"{benchmark.Name} VALUE\" but: {output}");

    private string Run(
        string program, bool countsInstructions, int cpus = 1, MachineKind machine = MachineKind.Microvm, params IReadOnlyList<string> arguments)
    {
        var output = new StringBuilder();
        GuestSession session = Session(program, countsInstructions, text => output.Append(text), cpus, machine, arguments);
        Expect(session.Run(), program);
        return output.ToString();
    }

    private GuestSession Session(
        string program, bool countsInstructions, Action<string> output, int cpus = 1, MachineKind machine = MachineKind.Microvm, params IReadOnlyList<string> arguments)
    {
        byte[] path = HostText.Encode(program);
        var options = new MachineOptions
        {
            Kernel = workspace.Kernel,
            Initramfs = workspace.Initramfs,
            Accelerator = Accelerator.Tcg,
            Cpus = cpus,
            Machine = machine,
            CountsInstructions = countsInstructions,
        };
        var request = new BootRequest { Program = path, Arguments = [path, .. arguments.Select(HostText.Encode)], Environment = [], WorkingDirectory = "/"u8.ToArray() };
        return new GuestSession(options, request, overlay: null)
        {
            Input = null,
            Timeout = s_limit,
            Output = bytes =>
            {
                output(Encoding.UTF8.GetString(bytes));
                return true;
            },
        };
    }

    private static void Expect(GuestOutcome outcome, string program)
    {
        if (outcome is not GuestOutcome.Exited { Status: 0 })
        {
            throw new ToolException($"{program} did not end well: {outcome}.", $"See ./levitate vm exec -v {program}.");
        }
    }
}
