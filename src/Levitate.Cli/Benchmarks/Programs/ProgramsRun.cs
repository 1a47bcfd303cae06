using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks.Programs;

/// <summary>
/// Measures whole programs in several systems: by the clock on the wall, the systems in turns, and, where the guest's clock can
/// count instructions, by these.
/// </summary>
internal sealed class ProgramsRun(Workspace workspace, Progress progress)
{
    private const string UnableMark = "unable";
    private const int CountedRuns = 2;

    // Under -icount a system runs at a tenth of its speed.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    private readonly List<Figure> _figures = [];
    private readonly List<Inability> _unable = [];
    private readonly ProgramsRoot _root = new(workspace, progress);

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>What could not be.</summary>
    public IReadOnlyList<Inability> Unable => _unable;

    /// <summary>Measures programs.</summary>
    /// <param name="others">The systems beside LevitateOS.</param>
    /// <param name="lines">The programs; none: all.</param>
    /// <param name="rounds">How often each system has its turn by the clock on the wall.</param>
    public void Measure(IReadOnlyList<string> others, IReadOnlyList<string> lines, int rounds)
    {
        List<MeasuredProgramSystem> systems = Prepare([Figure.LevitateSystem, .. others]);
        MeasureBy(Figure.Seconds, rounds, [.. systems.Select(system => (system.Name, system.RunTimed))], lines);
        MeasureBy(Figure.Instructions, CountedRuns, [.. systems.Where(system => system.RunCounted is not null).Select(system => (system.Name, system.RunCounted!))], lines);
    }

    private List<MeasuredProgramSystem> Prepare(IEnumerable<string> names)
    {
        var systems = new List<MeasuredProgramSystem>();
        foreach (string name in names)
        {
            try
            {
                systems.Add(Prepare(name));
            }
            catch (ToolException failure) when (name != Figure.LevitateSystem)
            {
                _unable.Add(new Inability(name, "whole programs", failure.Message));
            }
        }

        return systems;
    }

    private MeasuredProgramSystem Prepare(string name)
    {
        GuestProgram Guest(IReadOnlyList<string> lines, bool counts, string? archive) => new(DebianPrograms.Runner, lines)
        {
            Initramfs = archive,
            Memory = _root.Memory,
            CountsInstructions = counts,
            Limit = s_limit,
        };

        switch (name)
        {
            case Figure.LevitateSystem:
                string archive = _root.Archive;
                byte[] overlay = _root.Overlay();
                string Levitate(IReadOnlyList<string> lines, bool counts) => (Guest(lines, counts, archive) with { Overlay = overlay }).RunWell(workspace).Output;
                return new(name, lines => Levitate(lines, false), lines => Levitate(lines, true));
            case MeasuredSystem.Linux or MeasuredSystem.LinuxMitigated:
                var linux = new LinuxReference(workspace, progress, isMitigated: name == MeasuredSystem.LinuxMitigated);
                string kernel = linux.Prepare();
                string both = _root.MakeLinuxArchive();
                string Linux(IReadOnlyList<string> lines, bool counts) => linux.RunIn(Guest(lines, counts, both), kernel);
                return new(name, lines => Linux(lines, false), lines => Linux(lines, true));
            default:
                var host = new HostSystems(workspace, progress, _root.MakeDirectory());
                MeasuredSystem system = name == MeasuredSystem.Gvisor ? host.Gvisor() : host.Host();
                return new(name, lines => system.Run(DebianPrograms.Runner, lines), null);
        }
    }

    private void MeasureBy(string clock, int rounds, (string Name, Func<IReadOnlyList<string>, string> Run)[] systems, IReadOnlyList<string> lines)
    {
        (string, Func<string>)[] steps = [.. systems.Select(system => (system.Name, (Func<string>)(() => RunOnce(system.Name, clock, () => system.Run(lines)))))];
        foreach ((string system, List<string> outputs) in Samples.Interleave(steps, rounds, $"whole programs, {clock}", _unable))
        {
            foreach ((string name, _) in DebianPrograms.Lines.Where(line => lines.Count == 0 || lines.Contains(line.Name)))
            {
                Summarize(name, system, clock, outputs);
            }
        }
    }

    private string RunOnce(string system, string clock, Func<string> run)
    {
        string output = "";
        progress.Step($"Running the programs in {system}, in {clock}", () => output = run());
        return output;
    }

    private void Summarize(string name, string system, string clock, List<string> outputs)
    {
        double[] values = [.. outputs.Select(output => BenchmarkRun.ReadValue(name, output)).OfType<double>()];
        if (values.Length < outputs.Count)
        {
            string reason = outputs.Select(output => ReadReason(name, output)).FirstOrDefault(reason => reason is not null) ?? "it said nothing of it";
            _unable.Add(new Inability(system, name, reason));
            return;
        }

        const double NanosecondsInSecond = 1e9;
        double scale = clock == Figure.Instructions ? 1 : NanosecondsInSecond;
        _figures.Add(Samples.Summarize(name, system, clock, [.. values.Select(value => value / scale)]));
    }

    /// <summary>Finds "unable NAME REASON" in what the runner printed; null where it is not there.</summary>
    internal static string? ReadReason(string name, string output)
    {
        foreach (string line in output.Split('\n'))
        {
            if (line.Trim().Split(' ', 3) is [UnableMark, var unable, var reason] && unable == name)
            {
                return reason;
            }
        }

        return null;
    }

    private sealed record MeasuredProgramSystem(string Name, Func<IReadOnlyList<string>, string> RunTimed, Func<IReadOnlyList<string>, string>? RunCounted);
}
