using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Syscalls;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Syscalls;

public sealed partial class SyscallTableTests
{
    private const string HostHeader = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
    private const int FirstNumberOutsideLinux = 1000;

    [Fact]
    public void The_committed_list_of_system_calls_is_up_to_date()
    {
        string path = Path.Combine(RepositoryRoot(), "docs", "syscalls.md");
        string expected = SupportedSyscalls.RenderMarkdown();
        if (Environment.GetEnvironmentVariable("LEVITATE_UPDATE_DOCS") is not null)
        {
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(path));
    }

    [HeaderFact]
    public void Every_call_has_the_name_that_Linux_has_for_its_number()
    {
        var names = new Dictionary<uint, string>();
        foreach (Match match in NumberDefinition().Matches(File.ReadAllText(HostHeader)))
        {
            names.Add(uint.Parse(match.Groups[2].Value), match.Groups[1].Value);
        }

        for (uint number = 0; number < FirstNumberOutsideLinux; number++)
        {
            if (SyscallTable.Find(number) is { } info)
            {
                Assert.Equal(names[number], info.Name);
            }
        }
    }

    [Fact]
    public void A_trace_decodes_flags_paths_and_errors()
    {
        using var kernel = new SimulatedKernel();
        UserThread caller = kernel.Caller;
        ulong path = kernel.Put("/no/such\n\0"u8).Value;
        caller.Context.Registers.Rax = 257;
        caller.Context.Registers.Rdi = unchecked((ulong)-100);
        caller.Context.Registers.Rsi = path;
        caller.Context.Registers.Rdx = (ulong)(OpenFlags.O_CLOEXEC | OpenFlags.O_SYNC);
        SyscallTrace.Dispatch(caller, ref caller.Context.Registers, 257);
        Assert.Contains(@"openat(AT_FDCWD, ""/no/such\n"", O_RDONLY|O_CLOEXEC|O_SYNC, 0) = -1 ENOENT (No such file or directory)", kernel.Machine.Log, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        // Sources are compiled under a mapped path, so the way up starts where the test runs.
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Levitate.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no repository above {AppContext.BaseDirectory}");
    }

    [GeneratedRegex(@"#define __NR_(\w+) (\d+)")]
    private static partial Regex NumberDefinition();

    /// <summary>A fact that reads the host's list of system calls; skipped where it is not installed.</summary>
    private sealed class HeaderFactAttribute : FactAttribute
    {
        public HeaderFactAttribute() => Skip = File.Exists(HostHeader) ? null : $"there is no {HostHeader}; libc6-dev has it";
    }
}
