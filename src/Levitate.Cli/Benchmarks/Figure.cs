using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Levitate.Cli.Benchmarks;

/// <summary>A measured figure as programs read it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="System">levitate, linux, linux-mitigated, gvisor or host.</param>
/// <param name="Clock">What it is counted in: instructions, seconds; for what is not a time, its unit.</param>
/// <param name="Value">The figure.</param>
/// <param name="Spread">How far the runs lie apart, as a share of the value.</param>
internal sealed record Figure(string Name, string System, string Clock, double Value, double Spread)
{
    /// <summary>LevitateOS.</summary>
    public const string LevitateSystem = "levitate";

    /// <summary>The clock that depends on no host.</summary>
    public const string Instructions = "instructions";

    /// <summary>The clock on the wall.</summary>
    public const string Seconds = "seconds";

    /// <summary>What sizes are counted in.</summary>
    public const string Bytes = "bytes";

    /// <summary>Reads a file of figures.</summary>
    public static List<Figure> Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), FigureJson.Default.ListFigure) ?? [];
        }
        catch (JsonException failure)
        {
            throw new ToolException($"{file} is no list of figures: {failure.Message}", "Give a file that --json wrote.");
        }
    }

    /// <summary>The figures as a file has them.</summary>
    public static string Write(List<Figure> figures) => JsonSerializer.Serialize(figures, FigureJson.Default.ListFigure);

    /// <summary>Whether two figures are of the same thing.</summary>
    public bool IsOfTheSame(Figure other) => Name == other.Name && System == other.System && Clock == other.Clock;

    /// <summary>Whether the figure counts instructions and takes so much more than it did.</summary>
    public bool IsWorseThan(Figure old, double tolerance) => Clock == Instructions && Value > old.Value * (1 + tolerance);
}

/// <summary>Figures in JSON.</summary>
[JsonSerializable(typeof(List<Figure>))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class FigureJson : JsonSerializerContext;
