using System;
using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>Debian's own programs that have many threads or processes at a time, on four processors.</summary>
public sealed class ManyThreadsTests
{
    [DebianFact(needsLanguages: true)]
    public void Sixty_four_threads_of_a_Python_program_lose_nothing()
    {
        Execution result = Run("python3", "threads.py");
        Assert.Equal((0, "lock True\nqueue True\ncondition True\nhashes True\nprocesses True\n"), (result.Status, result.OutputText));
    }

    [DebianFact(needsLanguages: true)]
    public void Make_builds_a_program_with_four_compilers_at_a_time()
    {
        Execution result = Run("sh", "build.sh");
        Assert.Equal((0, "c598e709\nup to date\n"), (result.Status, result.OutputText));
    }

    private static Execution Run(string interpreter, string script)
    {
        Repository.EnsureBuilt();
        string file = Path.Combine(Repository.Root, "tests", "guest", "debian", script);
        string[] command =
        [
            Repository.Launcher, "run", "--rootfs", DebianRoot.Languages.Path, "--cpus", "4", "--timeout", "110",
            "--kernel-option", "lock-checks", "--add", $"{file}:/tmp/{script}", "--", interpreter, $"/tmp/{script}",
        ];
        return HostCommand.Run(command, timeout: TimeSpan.FromMinutes(3));
    }
}
