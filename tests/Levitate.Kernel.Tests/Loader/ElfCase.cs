using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>What Linux does with a file.</summary>
internal enum LinuxOutcome
{
    /// <summary>execve returns the expected errno.</summary>
    Refuses,

    /// <summary>The process dies of a signal: in execve past its point of no return, or at its first instructions.</summary>
    Dies,

    /// <summary>It runs and exits as it should.</summary>
    Runs,

    /// <summary>It depends on Linux's version, configuration or the caller's privileges.</summary>
    Varies,
}

/// <summary>A file, what Linux does with it and what we do.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Program">Builds the program; the argument is the interpreter's path.</param>
/// <param name="Interpreter">Builds the interpreter; null where there is none.</param>
/// <param name="Linux">What Linux does.</param>
/// <param name="Expected">Our errno; None where we load it.</param>
internal sealed record ElfCase(string Name, Func<string, byte[]> Program, Func<byte[]>? Interpreter, LinuxOutcome Linux, Errno Expected)
{
    /// <summary>Every case by its name.</summary>
    public static IReadOnlyDictionary<string, ElfCase> All { get; } = Collect();

    private static Dictionary<string, ElfCase> Collect()
    {
        var list = new ElfCaseList();
        HeaderCases.Add(list);
        SegmentCases.Add(list);
        InterpreterCases.Add(list);
        var cases = new Dictionary<string, ElfCase>();
        foreach (ElfCase elfCase in list.Cases)
        {
            cases.Add(elfCase.Name, elfCase);
        }

        return cases;
    }
}

/// <summary>Collects cases, each a small change to a file that runs.</summary>
internal sealed class ElfCaseList
{
    public List<ElfCase> Cases { get; } = [];

    /// <summary>A change to a static program at a fixed address.</summary>
    public void Static(string name, LinuxOutcome linux, Errno expected, Action<ElfBuilder> change) =>
        Bytes("static: " + name, linux, expected, _ => Change(ElfBuilder.Static(), change));

    /// <summary>A change to a static-PIE program.</summary>
    public void StaticPie(string name, LinuxOutcome linux, Errno expected, Action<ElfBuilder> change) =>
        Bytes("static PIE: " + name, linux, expected, _ => Change(ElfBuilder.Static(ElfType.ET_DYN), change));

    /// <summary>A change to a dynamic program whose interpreter is good.</summary>
    public void Dynamic(string name, LinuxOutcome linux, Errno expected, Action<ElfBuilder> change) =>
        Cases.Add(new("dynamic: " + name, path => Change(ElfBuilder.Dynamic(path), change), () => ElfBuilder.Interpreter().Build(), linux, expected));

    /// <summary>A change to a dynamic PIE whose interpreter is good.</summary>
    public void DynamicPie(string name, LinuxOutcome linux, Errno expected, Action<ElfBuilder> change) =>
        Cases.Add(new("dynamic PIE: " + name, path => Change(ElfBuilder.Dynamic(path, ElfType.ET_DYN), change), () => ElfBuilder.Interpreter().Build(), linux, expected));

    /// <summary>A change to the interpreter of a good program.</summary>
    public void Interpreter(string name, LinuxOutcome linux, Errno expected, Action<ElfBuilder> change) =>
        InterpreterBytes(name, linux, expected, () => Change(ElfBuilder.Interpreter(), change));

    /// <summary>Anything as the interpreter of a good program.</summary>
    public void InterpreterBytes(string name, LinuxOutcome linux, Errno expected, Func<byte[]> interpreter) =>
        Cases.Add(new("interpreter: " + name, path => ElfBuilder.Dynamic(path).Build(), interpreter, linux, expected));

    /// <summary>Any bytes as the program.</summary>
    public void Bytes(string name, LinuxOutcome linux, Errno expected, Func<string, byte[]> program) =>
        Cases.Add(new(name, program, null, linux, expected));

    private static byte[] Change(ElfBuilder builder, Action<ElfBuilder> change)
    {
        change(builder);
        return builder.Build();
    }
}
