using System;
using System.Collections.Generic;
using System.Globalization;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Loader;

/// <summary>A mapping that the kernel would make.</summary>
/// <param name="Image">"program" or "interpreter".</param>
/// <param name="Segment">The program header's index.</param>
/// <param name="Start">The first address.</param>
/// <param name="End">The first address past it.</param>
/// <param name="Access">The protection, as "r-x".</param>
/// <param name="FileOffset">Where in the file it begins; null for anonymous memory.</param>
/// <param name="ZeroStart">Where in it the file's content ends and zeros begin; null where it does not.</param>
public sealed record InspectedMapping(string Image, int Segment, ulong Start, ulong End, string Access, long? FileOffset, ulong? ZeroStart);

/// <summary>A program header as the file has it.</summary>
public sealed record InspectedSegment(string Image, int Index, string Type, string Flags, ulong Offset, ulong VirtualAddress, ulong FileSize, ulong MemorySize, ulong Alignment);

/// <summary>An entry of the auxiliary vector.</summary>
/// <param name="Name">"AT_PHDR".</param>
/// <param name="Key">3.</param>
/// <param name="Value">The value, where the files decide it; null where the machine or the caller does.</param>
/// <param name="Meaning">What the value is.</param>
public sealed record InspectedAuxiliaryEntry(string Name, ulong Key, ulong? Value, string Meaning);

/// <summary>A script's #! line, in printable form.</summary>
public sealed record InspectedScript(string Interpreter, string? Argument);

/// <summary>What the kernel would do with a file. Addresses are the guest's.</summary>
public sealed record ElfReport
{
    /// <summary>Why the kernel would refuse it; null where it would run it.</summary>
    public LoadRefusal? Refusal { get; init; }

    /// <summary>One of "dynamic", "dynamic PIE", "static", "static PIE"; null where not even that is known.</summary>
    public string? Kind { get; init; }

    /// <summary>The scripts on the way to the program.</summary>
    public required IReadOnlyList<InspectedScript> Scripts { get; init; }

    /// <summary>The interpreter's path in printable form; null for a static program.</summary>
    public string? InterpreterPath { get; init; }

    /// <summary>The program headers of the program and then of the interpreter, as far as they could be read.</summary>
    public required IReadOnlyList<InspectedSegment> Segments { get; init; }

    /// <summary>The mappings in the order in which they are made; empty on a refusal.</summary>
    public required IReadOnlyList<InspectedMapping> Mappings { get; init; }

    /// <summary>Where the first instruction runs; null on a refusal.</summary>
    public ulong? Entry { get; init; }

    /// <summary>The main program's entry point (AT_ENTRY); null on a refusal.</summary>
    public ulong? ProgramEntry { get; init; }

    /// <summary>What is added to the program's addresses; null on a refusal.</summary>
    public ulong? ProgramBias { get; init; }

    /// <summary>AT_BASE; null on a refusal and for a static program.</summary>
    public ulong? InterpreterBase { get; init; }

    /// <summary>Where the heap begins; null on a refusal.</summary>
    public ulong? BreakStart { get; init; }

    /// <summary>Whether the stack would be executable.</summary>
    public bool HasExecutableStack { get; init; }

    /// <summary>The auxiliary vector, AT_NULL last; empty on a refusal.</summary>
    public required IReadOnlyList<InspectedAuxiliaryEntry> AuxiliaryVector { get; init; }
}

/// <summary>Says what the kernel would do with a file, by the kernel's own loader.</summary>
public static class ElfInspector
{
    /// <summary>Inspects a file.</summary>
    /// <param name="opener">Opens the file itself and the interpreters that it names.</param>
    /// <param name="path">The file, as <paramref name="opener"/> takes it.</param>
    public static ElfReport Inspect<TFile>(IImageOpener<TFile> opener, ReadOnlySpan<byte> path)
        where TFile : class, IImageReader, IDisposable
    {
        using PreparedProgram<TFile> prepared = PreparedProgram<TFile>.Prepare(opener, path);
        var segments = new List<InspectedSegment>();
        AddSegments(segments, "program", prepared.Program);
        AddSegments(segments, "interpreter", prepared.Interpreter);
        var scripts = new List<InspectedScript>();
        foreach (ScriptImage script in prepared.Scripts)
        {
            scripts.Add(new(LoadRefusal.Display(script.Interpreter), script.Argument is byte[] argument ? LoadRefusal.Display(argument) : null));
        }

        LoadPlan? plan = prepared.Plan;
        return new ElfReport
        {
            Refusal = prepared.Refusal,
            Kind = DescribeKind(prepared.Program, prepared.InterpreterPath),
            Scripts = scripts,
            InterpreterPath = prepared.InterpreterPath is byte[] interpreter ? LoadRefusal.Display(interpreter) : null,
            Segments = segments,
            Mappings = plan is null ? [] : ListMappings(plan),
            Entry = plan?.Entry.Value,
            ProgramEntry = plan?.Program.Entry.Value,
            ProgramBias = plan?.Program.Bias,
            InterpreterBase = plan?.Interpreter?.Bias,
            BreakStart = plan?.BreakStart.Value,
            HasExecutableStack = plan?.HasExecutableStack ?? false,
            AuxiliaryVector = plan is null ? [] : DescribeAuxiliaryVector(plan),
        };
    }

    private static string? DescribeKind(ElfImage? program, byte[]? interpreterPath) => (program?.IsPositionIndependent, interpreterPath) switch
    {
        (null, _) => null,
        (false, null) => "static",
        (true, null) => "static PIE",
        (false, _) => "dynamic",
        (true, _) => "dynamic PIE",
    };

    private static void AddSegments(List<InspectedSegment> segments, string name, ElfImage? image)
    {
        for (int i = 0; i < (image?.ProgramHeaders.Count ?? 0); i++)
        {
            ElfProgramHeader header = image!.ProgramHeaders[i];
            string type = Enum.IsDefined(header.Type) ? header.Type.ToString() : $"0x{(uint)header.Type:x}";
            string flags = Letters((header.Flags & ElfSegmentFlags.PF_R) != 0, (header.Flags & ElfSegmentFlags.PF_W) != 0, (header.Flags & ElfSegmentFlags.PF_X) != 0);
            segments.Add(new(name, i, type, flags, header.Offset, header.VirtualAddress, header.FileSize, header.MemorySize, header.Alignment));
        }
    }

    private static List<InspectedMapping> ListMappings(LoadPlan plan)
    {
        var mappings = new List<InspectedMapping>();
        AddMappings(mappings, "program", plan.Program);
        if (plan.Interpreter is not null)
        {
            AddMappings(mappings, "interpreter", plan.Interpreter);
        }

        return mappings;
    }

    private static void AddMappings(List<InspectedMapping> mappings, string name, ImagePlacement image)
    {
        foreach (SegmentPlacement segment in image.Segments)
        {
            if (segment.FileLength != 0)
            {
                ulong? zeroStart = segment.ZeroLength != 0 ? segment.ZeroStart.Value : null;
                mappings.Add(new(name, segment.HeaderIndex, segment.Start.Value, (segment.Start + segment.FileLength).Value, Letters(segment.Access), segment.FileOffset, zeroStart));
            }

            if (segment.AnonymousLength != 0)
            {
                mappings.Add(new(name, segment.HeaderIndex, segment.AnonymousStart.Value, segment.End.Value, Letters(segment.AnonymousAccess), null, null));
            }
        }
    }

    private static List<InspectedAuxiliaryEntry> DescribeAuxiliaryVector(LoadPlan plan)
    {
        var result = new List<InspectedAuxiliaryEntry>();
        foreach (AuxiliaryEntry entry in AuxiliaryVector.Build(plan, new AuxiliaryEnvironment(Credentials.Root, false, 0, 0, 0, null), default))
        {
            (bool isKnown, string meaning) = entry.Key switch
            {
                AuxiliaryVectorKey.AT_MINSIGSTKSZ => (false, "bytes of stack that a signal takes"),
                AuxiliaryVectorKey.AT_HWCAP => (false, "cpuid 1, edx"),
                AuxiliaryVectorKey.AT_PAGESZ => (true, "bytes a page"),
                AuxiliaryVectorKey.AT_CLKTCK => (true, "clock ticks a second"),
                AuxiliaryVectorKey.AT_PHDR => (true, "the program's headers"),
                AuxiliaryVectorKey.AT_PHENT => (true, "bytes a program header"),
                AuxiliaryVectorKey.AT_PHNUM => (true, "program headers"),
                AuxiliaryVectorKey.AT_BASE => (true, "the interpreter's base"),
                AuxiliaryVectorKey.AT_FLAGS => (true, "none"),
                AuxiliaryVectorKey.AT_ENTRY => (true, "the program's entry point"),
                AuxiliaryVectorKey.AT_UID => (false, "the caller's user ID"),
                AuxiliaryVectorKey.AT_EUID => (false, "the effective user ID"),
                AuxiliaryVectorKey.AT_GID => (false, "the caller's group ID"),
                AuxiliaryVectorKey.AT_EGID => (false, "the effective group ID"),
                AuxiliaryVectorKey.AT_SECURE => (false, "1 where the program gains privileges"),
                AuxiliaryVectorKey.AT_RANDOM => (false, "the address of 16 random bytes"),
                AuxiliaryVectorKey.AT_HWCAP2 => (false, "2 where user mode has fsgsbase"),
                AuxiliaryVectorKey.AT_EXECFN => (false, "the address of the path given to execve"),
                AuxiliaryVectorKey.AT_PLATFORM => (false, "the address of \"x86_64\""),
                AuxiliaryVectorKey.AT_NULL => (true, "the end"),
                _ => (false, ""),
            };
            result.Add(new(entry.Key.ToString(), (ulong)entry.Key, isKnown ? entry.Value : null, meaning));
        }

        return result;
    }

    private static string Letters(PageAccess access) =>
        Letters((access & PageAccess.Read) != 0, (access & PageAccess.Write) != 0, (access & PageAccess.Execute) != 0);

    private static string Letters(bool read, bool write, bool execute) =>
        string.Create(CultureInfo.InvariantCulture, $"{(read ? 'r' : '-')}{(write ? 'w' : '-')}{(execute ? 'x' : '-')}");
}
