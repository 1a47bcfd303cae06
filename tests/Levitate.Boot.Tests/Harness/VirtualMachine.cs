using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Levitate.Boot.Tests.Harness;

/// <summary>`./levitate vm exec` as the place to run a case.</summary>
internal static class VirtualMachine
{
    /// <summary>The longest that a case may take under TCG on a loaded machine.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>What the tool may take beside a case's own time.</summary>
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(10);

    /// <summary>Boots a machine and runs a case in it.</summary>
    public static Execution Run(GuestCase guestCase)
    {
        List<string> options = ["--timeout", guestCase.Seconds.ToString(CultureInfo.InvariantCulture), .. guestCase.MachineOptions];
        options.AddRange(["--cwd", guestCase.WorkingDirectory]);
        options.AddRange(guestCase.Environment.SelectMany(variable => new[] { "--env", variable }));
        if (guestCase.Files.Count > 0)
        {
            string folder = CaseFiles.Write(guestCase.Files);
            options.AddRange(guestCase.Files.SelectMany(file => new[] { "--add", $"{Path.Combine(folder, file.Name)}:/tmp/{file.Name}" }));
        }

        if (guestCase.Root is not null)
        {
            options.AddRange(["--rootfs", guestCase.Root.PackedPath]);
        }

        return Exec([.. options, "--", .. guestCase.Command], guestCase.Input, TimeSpan.FromSeconds(guestCase.Seconds) + s_slack);
    }

    /// <summary>`./levitate vm exec` with these arguments; the kernel checks its spin locks all the while.</summary>
    public static Execution Exec(IEnumerable<string> arguments, byte[]? input = null, TimeSpan? limit = null)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run([Repository.Launcher, "vm", "exec", "--kernel-option", "lock-checks", .. Cpus(arguments), .. arguments], input, limit ?? s_limit);
    }

    /// <summary>The processors that LEVITATE_CPUS asks for, where a test does not itself: the whole suite on several.</summary>
    private static string[] Cpus(IEnumerable<string> arguments) =>
        Environment.GetEnvironmentVariable("LEVITATE_CPUS") is { Length: > 0 } count && !arguments.Contains("--cpus") ? ["--cpus", count] : [];
}
