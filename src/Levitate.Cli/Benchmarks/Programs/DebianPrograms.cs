using System.Collections.Generic;

namespace Levitate.Cli.Benchmarks.Programs;

/// <summary>The whole programs that are measured, as Debian has them; bench/programs says how each is run.</summary>
internal static class DebianPrograms
{
    /// <summary>What runs them one after the other and takes the time.</summary>
    public const string Runner = "/bench/run";

    /// <summary>The runner as the guest programs' Makefile leaves it.</summary>
    public const string RunnerFile = "root/bin/bench_programs";

    /// <summary>Each program's name and what it does.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Lines { get; } =
    [
        ("python-start", "python3 starts and ends"),
        ("python-bench", "python3: sieve, queens, words, exceptions"),
        ("sqlite", "sqlite3: 100,000 inserts in one transaction"),
        ("gzip", "gzip of 1 MiB of words"),
        ("xz", "xz -3 of 1 MiB of words"),
        ("shell-forks", "sh: 1,000 times fork, exec of true, wait"),
        ("gcc", "gcc -c of 5,000 lines of C"),
        ("git", "git: init, add, commit and status of 1,000 files"),
        ("hackbench", "hackbench: 80 processes, 2 groups, 100 messages each"),
    ];

    /// <summary>The packages that they are in.</summary>
    public static IReadOnlyList<string> Packages { get; } =
        ["python3-minimal", "libpython3-stdlib", "sqlite3", "xz-utils", "gcc", "libc6-dev", "git", "rt-tests"];

    /// <summary>What of those packages no program here reads, so that a VM need not hold it.</summary>
    public static IReadOnlyList<string> LeftOut { get; } =
    [
        "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/lib/gcc/*/lto1", "/usr/lib/gcc/*/lib*san*", "/usr/lib/*/lib*san.so*",
    ];
}
