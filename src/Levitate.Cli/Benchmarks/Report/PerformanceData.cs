using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>All that a report is written from.</summary>
/// <param name="Date">When it was measured.</param>
/// <param name="Facts">The machine and the versions.</param>
/// <param name="Figures">What was measured.</param>
/// <param name="Unable">What could not be.</param>
internal sealed record PerformanceData(string Date, IReadOnlyList<Fact> Facts, List<Figure> Figures, List<Inability> Unable)
{
    /// <summary>Reads what <see cref="Save"/> kept.</summary>
    public static PerformanceData Load(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), PerformanceJson.Default.PerformanceData)
                ?? throw new JsonException("there is nothing in it");
        }
        catch (Exception failure) when (failure is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolException($"There is nothing to write a report from: {failure.Message}", "Measure first: ./levitate bench --report.");
        }
    }

    /// <summary>Keeps it, so that the report can be written anew without measuring.</summary>
    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, JsonSerializer.Serialize(this, PerformanceJson.Default.PerformanceData));
    }
}

/// <summary>Something about the machine or a program.</summary>
internal sealed record Fact(string Name, string Value);

/// <summary>The data in JSON.</summary>
[JsonSerializable(typeof(PerformanceData))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class PerformanceJson : JsonSerializerContext;
