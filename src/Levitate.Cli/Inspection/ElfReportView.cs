using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Levitate.Kernel.Loader;
using Spectre.Console;

namespace Levitate.Cli.Inspection;

/// <summary>Shows a report to people.</summary>
internal static class ElfReportView
{
    /// <summary>Writes the report's tables.</summary>
    public static void Write(IAnsiConsole console, string path, ElfReport report)
    {
        WriteSummary(console, path, report);
        if (report.Segments.Count > 0)
        {
            WriteSegments(console, report.Segments);
        }

        if (report.Refusal is not null)
        {
            return;
        }

        WriteMappings(console, report.Mappings);
        WriteAuxiliaryVector(console, report.AuxiliaryVector);
    }

    private static void WriteSummary(IAnsiConsole console, string path, ElfReport report)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("");
        Row(table, "File", path);
        Row(table, "Kind", report.Kind);
        foreach (InspectedScript script in report.Scripts)
        {
            Row(table, "Script for", script.Argument is null ? script.Interpreter : $"{script.Interpreter} {script.Argument}");
        }

        Row(table, "Interpreter", report.InterpreterPath);
        Row(table, "Interpreter base", Hexadecimal(report.InterpreterBase));
        Row(table, "First instruction", Hexadecimal(report.Entry));
        Row(table, "Program entry", Hexadecimal(report.ProgramEntry));
        Row(table, "Program bias", Hexadecimal(report.ProgramBias));
        Row(table, "Heap from", Hexadecimal(report.BreakStart));
        Row(table, "Stack", report.Refusal is not null ? null : report.HasExecutableStack ? "executable" : "not executable");
        console.Write(table);
    }

    private static void WriteSegments(IAnsiConsole console, IReadOnlyList<InspectedSegment> segments)
    {
        var table = new Listing("Program headers", "of", "#", "type", "flags", "offset", "address", "in file", "in memory", "alignment");
        foreach (InspectedSegment segment in segments)
        {
            table.Add(
                segment.Image, Decimal(segment.Index), segment.Type, segment.Flags, Hexadecimal(segment.Offset),
                Hexadecimal(segment.VirtualAddress), Hexadecimal(segment.FileSize), Hexadecimal(segment.MemorySize), Hexadecimal(segment.Alignment));
        }

        table.Write(console);
    }

    private static void WriteMappings(IAnsiConsole console, IReadOnlyList<InspectedMapping> mappings)
    {
        var table = new Listing("Mappings", "of", "#", "from", "to", "access", "file offset", "zeros from");
        foreach (InspectedMapping mapping in mappings)
        {
            table.Add(
                mapping.Image, Decimal(mapping.Segment), Hexadecimal(mapping.Start), Hexadecimal(mapping.End), mapping.Access,
                mapping.FileOffset is { } offset ? Hexadecimal((ulong)offset) : "anonymous", Hexadecimal(mapping.ZeroStart));
        }

        table.Write(console);
    }

    private static void WriteAuxiliaryVector(IAnsiConsole console, IReadOnlyList<InspectedAuxiliaryEntry> entries)
    {
        var table = new Listing("Auxiliary vector", "entry", "value", "meaning");
        foreach (InspectedAuxiliaryEntry entry in entries)
        {
            table.Add(entry.Name, Hexadecimal(entry.Value), entry.Meaning);
        }

        table.Write(console);
    }

    private static void Row(Table table, string name, string? value)
    {
        if (value is not null)
        {
            table.AddRow(Cells(name, value));
        }
    }

    private static string[] Cells(params string?[] values) => [.. values.Select(value => Markup.Escape(value ?? ""))];

    private static string Decimal(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hexadecimal(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private static string? Hexadecimal(ulong? value) => value is { } known ? Hexadecimal(known) : null;
}
