using System.Text.Json.Serialization;
using Levitate.Kernel.Loader;

namespace Levitate.Cli.Inspection;

/// <summary>Writes a report for programs; made at compile time, as the tool has no reflection.</summary>
[JsonSerializable(typeof(ElfReport))]
[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ElfReportJson : JsonSerializerContext;
