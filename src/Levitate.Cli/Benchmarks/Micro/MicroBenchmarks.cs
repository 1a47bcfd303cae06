using System.Collections.Generic;
using System.Linq;

namespace Levitate.Cli.Benchmarks.Micro;

/// <summary>The lines that bench/micro measures, one program with all of them, which every system runs unmodified.</summary>
internal static class MicroBenchmarks
{
    /// <summary>How the figures of record are linked: so that what they count is the kernel.</summary>
    public const string StaticLinkage = "static";

    private const string StaticProgram = "/bin/bench_micro";

    /// <summary>The ways in which the one program is linked.</summary>
    public static IReadOnlyList<string> Linkages { get; } = [StaticLinkage, "musl", "glibc"];

    /// <summary>All that a system must have to run it: the program in each kind, and those that it starts.</summary>
    public static IReadOnlyList<string> Programs { get; } =
        [.. Linkages.Select(ProgramOf), "/bin/bench_link_1", "/bin/bench_link_10", "/bin/bench_link_100"];

    /// <summary>What the dynamically linked ones ask for, as this machine has it: musl; glibc and its dynamic linker.</summary>
    public static IReadOnlyList<string> SystemLibraries { get; } = [LinuxReference.Interpreter, "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"];

    /// <summary>What the started programs are linked with, in the guest programs' tree.</summary>
    public const string Libraries = "lib/bench";

    /// <summary>The program; its arguments are names of lines, and without any it measures all.</summary>
    public static string ProgramOf(string linkage) => linkage == StaticLinkage ? StaticProgram : $"{StaticProgram}_{linkage}";

    /// <summary>Whether a program is it, in any kind.</summary>
    public static bool IsMicro(string program) => Linkages.Any(linkage => ProgramOf(linkage) == program);

    /// <summary>What a line's figure is called: the static program's by the line alone.</summary>
    public static string NameOf(string line, string linkage) => linkage == StaticLinkage ? line : $"{line}/{linkage}";

    /// <summary>Each line's name and what it is.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Lines { get; } =
    [
        ("null", "getppid"),
        ("read", "read of a byte of /dev/zero"),
        ("write", "write of a byte to /dev/null"),
        ("stat", "stat of a file in /tmp"),
        ("fstat", "fstat"),
        ("open-close", "open and close of a file in /tmp"),
        ("signal-install", "sigaction"),
        ("signal-deliver", "kill of itself, handler, sigreturn"),
        ("protection-fault", "write to a protected page, handler, two mprotects"),
        ("mmap", "mmap and munmap of 1 MiB, untouched"),
        ("page-fault", "a page of an anonymous mapping touched"),
        ("file-fault", "a page of a shared file mapping read"),
        ("copy-fault", "a page of a private file mapping written"),
        ("create-0k", "an empty file made"),
        ("delete-0k", "an empty file deleted"),
        ("create-10k", "a file of 10 KiB made"),
        ("delete-10k", "a file of 10 KiB deleted"),
        ("reread-64k", "64 KiB of a cached file read"),
        ("pipe-latency", "a byte there and back between processes, pipes"),
        ("pipe-64k", "64 KiB between processes, a pipe"),
        ("unix-latency", "a byte there and back between processes, AF_UNIX"),
        ("unix-64k", "64 KiB between processes, AF_UNIX"),
        ("epoll-1000", "eventfd write, epoll_wait on 1,000, read"),
        ("poll-100", "poll of 100 descriptors"),
        ("switch-2p-0k", "a token's hop among 2 processes"),
        ("switch-2p-64k", "among 2 processes with 64 KiB each"),
        ("switch-8p-16k", "among 8 processes with 16 KiB each"),
        ("switch-16p-64k", "among 16 processes with 64 KiB each"),
        ("switch-64p-0k", "among 64 processes"),
        ("switch-64p-64k", "among 64 processes with 64 KiB each"),
        ("thread", "a thread made and joined"),
        ("futex", "a hand-over there and back between threads"),
        ("fork-exit", "fork, exit, wait"),
        ("exec-static", "fork, exec of a static program, exit, wait"),
        ("shell", "fork, exec of sh -c :, exit, wait"),
        ("link-1", "the same with a program of 1 library beside libc"),
        ("link-10", "with 10 libraries"),
        ("link-100", "with 100 libraries"),
    ];
}
