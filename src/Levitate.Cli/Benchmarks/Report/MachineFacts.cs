using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Levitate.Cli.Building;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>What figures depend on: the machine, and the versions of what was measured and measures. No names of hosts or places.</summary>
internal static partial class MachineFacts
{
    /// <summary>Collects them; what this machine does not tell is left out.</summary>
    public static List<Fact> Collect(Workspace workspace)
    {
        var facts = new List<Fact>();
        Add("processor", () => $"{ProcessorName()}, {Environment.ProcessorCount} of them");
        Add("memory", () => FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):0.0} GiB"));
        Add("the host's kernel", () => File.ReadAllText("/proc/sys/kernel/osrelease").Trim());
        Add("QEMU", () => Version().Match(HostProgram.Read(QemuCommandLine.Program, ["--version"])).Value + ", TCG");
        Add(".NET", () => HostProgram.Read("dotnet", ["--version"]).Trim());
        Add("LevitateOS", () => HostProgram.Read("git", ["-C", workspace.Root, "describe", "--always", "--dirty"]).Trim());
        Add("Linux", () => LinuxVersion(workspace));
        Add("gVisor", () => GvisorVersion(workspace));
        return facts;

        void Add(string name, Func<string?> value)
        {
            try
            {
                if (value() is { Length: > 0 } text)
                {
                    facts.Add(new Fact(name, text));
                }
            }
            catch (Exception failure) when (failure is ToolException or IOException)
            {
                // It is not there: nothing was measured with it either.
            }
        }
    }

    private static string ProcessorName() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : "unknown";

    private static string? LinuxVersion(Workspace workspace)
    {
        string boot = Path.Combine(workspace.Artifacts, "linux", "root", "boot");
        return Directory.Exists(boot)
            ? Directory.EnumerateFiles(boot, "vmlinuz-*").Select(file => Path.GetFileName(file)["vmlinuz-".Length..]).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
    }

    private static string? GvisorVersion(Workspace workspace)
    {
        string runsc = Path.Combine(workspace.Artifacts, "gvisor", "root", "usr", "bin", "runsc");
        return File.Exists(runsc) ? HostProgram.Read(runsc, ["--version"]).Split('\n')[0].Replace("runsc version ", "", StringComparison.Ordinal).Trim() : null;
    }

    [GeneratedRegex(@"[0-9]+\.[0-9]+\.[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
