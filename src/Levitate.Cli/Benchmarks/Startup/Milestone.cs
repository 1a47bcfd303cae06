using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Levitate.Cli.Benchmarks.Startup;

/// <summary>A moment that the kernel tells in its log when it is started with log=boot: "[BOOT] root mounted at 223851 us, idle 120 us".</summary>
/// <param name="What">What happened then.</param>
/// <param name="Microseconds">Of the guest's clock, which begins at power-on.</param>
/// <param name="IdleMicroseconds">For how long of that no processor had anything to do.</param>
internal sealed partial record Milestone(string What, long Microseconds, long IdleMicroseconds)
{
    /// <summary>The kernel has got the machine.</summary>
    public const string FloorEntered = "floor entered";

    /// <summary>The first call into managed code is made, which starts the runtime.</summary>
    public const string RuntimeBegins = "runtime begins";

    /// <summary>The runtime has started.</summary>
    public const string ManagedCodeEntered = "managed code entered";

    /// <summary>The devices are there, and the kernel begins.</summary>
    public const string KernelEntered = "kernel entered";

    /// <summary>The archives are unpacked.</summary>
    public const string RootMounted = "root mounted";

    /// <summary>The program and its dynamic linker are mapped.</summary>
    public const string FirstUserInstruction = "first user instruction";

    /// <summary>The program has exited.</summary>
    public const string ProgramEnded = "program ended";

    /// <summary>Guest time in which something was done. Where a nanosecond is an instruction, instructions in thousands.</summary>
    public long BusyMicroseconds => Microseconds - IdleMicroseconds;

    /// <summary>Finds all of them in the kernel's log.</summary>
    public static List<Milestone> Read(string log)
    {
        var milestones = new List<Milestone>();
        foreach (Match match in Line().Matches(log))
        {
            milestones.Add(new Milestone(match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3])));
        }

        return milestones;
    }

    private static long Number(Group group) => long.Parse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\[BOOT\] (.+) at ([0-9]+) us, idle ([0-9]+) us\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
