using System;
using System.Diagnostics;
using System.Globalization;
using Levitate.Kernel.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Levitate.Kernel.Tests.Syscalls;

/// <summary>
/// System calls in random order with random arguments: no exception that would have to be contained, no hang, no leak. A
/// failure names its seed; LEVITATE_FUZZ_SEED runs that one alone, LEVITATE_FUZZ_SECONDS says how long to go on.
/// </summary>
public sealed class SyscallFuzzTests(ITestOutputHelper output)
{
    private const int CallsOfProgram = 400;
    private const int PlentyOfFrames = 4096;

    /// <summary>So few that some calls find no memory.</summary>
    private const int FewFrames = 96;
    private const int FirstSeed = 1;
    private const int SeedsInCi = 200;

    [Fact]
    public void Random_system_calls_meet_no_exception_and_leak_nothing()
    {
        if (Setting("LEVITATE_FUZZ_SEED") is { } seed)
        {
            Run(seed);
            return;
        }

        if (Setting("LEVITATE_FUZZ_SECONDS") is not { } seconds)
        {
            for (int number = FirstSeed; number < FirstSeed + SeedsInCi; number++)
            {
                Run(number);
            }

            return;
        }

        var time = Stopwatch.StartNew();
        for (int number = Environment.TickCount & 0xff_ffff; time.Elapsed.TotalSeconds < seconds; number++)
        {
            Run(number);
        }
    }

    private void Run(int seed)
    {
        var calls = new RandomCalls(seed, CallsOfProgram);
        using var kernel = new ProcessTestKernel(totalFrames: seed % 2 == 0 ? PlentyOfFrames : FewFrames) { AnyClone = RandomCalls.End };
        calls.Begin(kernel.Start(calls.Run));
        bool isKilled = kernel.EndAll(TimeSpan.FromSeconds(2));
        output.WriteLine($"seed {seed}: {calls.Made} calls{(isKilled ? $", killed in {calls.Last.Split('\n')[^1]}" : "")}");
        kernel.RemoveFilesAndSegments();
        Assert.True(kernel.Kernel.ContainedExceptions == 0, $"LEVITATE_FUZZ_SEED={seed}, after\n{calls.Last}\n{kernel.Machine.Log}");
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : null;
}
