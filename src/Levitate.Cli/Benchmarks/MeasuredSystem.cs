using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks;

/// <summary>A system that runs the programs of the benchmark.</summary>
/// <param name="Name">As --vs and --json call it.</param>
/// <param name="Clock">What a nanosecond of the program's clock is.</param>
/// <param name="Run">Runs a program with arguments and returns what it printed, among other lines.</param>
internal sealed record MeasuredSystem(string Name, string Clock, Func<string, IReadOnlyList<string>, string> Run)
{
    /// <summary>Without mitigations.</summary>
    public const string Linux = "linux";

    /// <summary>With Linux's own choice of mitigations.</summary>
    public const string LinuxMitigated = "linux-mitigated";

    /// <summary>Debian's runsc.</summary>
    public const string Gvisor = "gvisor";

    /// <summary>This machine's kernel.</summary>
    public const string Host = "host";

    /// <summary>What --vs takes.</summary>
    public static IReadOnlyList<string> Others { get; } = [Linux, LinuxMitigated, Gvisor, Host];
}

/// <summary>The host's own kernel and gVisor on it, with the same programs in a directory of the host.</summary>
/// <param name="workspace">The repository.</param>
/// <param name="progress">Shows what takes its time.</param>
/// <param name="root">The directory, complete; null: one with the project's own programs.</param>
internal sealed class HostSystems(Workspace workspace, Progress progress, string? root = null)
{
    private const string GvisorPackage = "runsc";

    private string Root => root ?? Path.Combine(workspace.Artifacts, "bench-root");

    private string GvisorFolder => Path.Combine(workspace.Artifacts, "gvisor");

    private string Runsc => Path.Combine(GvisorFolder, "root", "usr", "bin", "runsc");

    /// <summary>The host's kernel, by namespaces and chroot.</summary>
    public MeasuredSystem Host()
    {
        MakeRoot();
        return new(MeasuredSystem.Host, "seconds", (program, arguments) => Run("unshare",
        [
            "--user", "--map-root-user", "--mount", "--pid", "--fork", "--", "sh", "-c",
            "mount --rbind /dev \"$0/dev\" && mount -t tmpfs tmpfs \"$0/tmp\" && exec chroot \"$0\" \"$@\"", Root, program, .. arguments,
        ]));
    }

    /// <summary>gVisor, by ptrace, which needs nothing of the host.</summary>
    public MeasuredSystem Gvisor()
    {
        MakeRoot();
        if (!File.Exists(Runsc))
        {
            progress.Step("Downloading Debian's gVisor", () => DebianPackage.Unpack(workspace, GvisorFolder, GvisorPackage));
        }

        return new(MeasuredSystem.Gvisor, "seconds", (program, arguments) => Run(
            Runsc, ["--platform=ptrace", "--network=none", "--ignore-cgroups", "do", "-root", Root, "-cwd", "/", program, .. arguments]));
    }

    private void MakeRoot()
    {
        if (root is not null)
        {
            return;
        }

        foreach (string folder in (string[])["bin", "lib", "dev", "tmp", "proc"])
        {
            Directory.CreateDirectory(Path.Combine(Root, folder));
        }

        string programs = Path.Combine(workspace.GuestPrograms, "root");
        foreach (string program in (string[])["/bin/hello_dynamic", .. MicroBenchmarks.Programs])
        {
            File.Copy(programs + program, Root + program, overwrite: true);
        }

        Directory.CreateDirectory(Path.Combine(Root, MicroBenchmarks.Libraries));
        foreach (string library in Directory.EnumerateFiles(Path.Combine(programs, MicroBenchmarks.Libraries)))
        {
            File.Copy(library, Path.Combine(Root, MicroBenchmarks.Libraries, Path.GetFileName(library)), overwrite: true);
        }

        File.Copy("/usr/bin/busybox", Path.Combine(Root, "bin", "sh"), overwrite: true);
        foreach (string library in MicroBenchmarks.SystemLibraries)
        {
            string copy = Root + library;
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(library, copy, overwrite: true);
        }
    }

    /// <summary>How long something takes, in seconds.</summary>
    public static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        System.Threading.Tasks.Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new ToolException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {errors.Result.Trim().Split('\n').Last()}");
    }
}
