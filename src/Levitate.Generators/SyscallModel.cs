using System;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Levitate.Generators;

/// <summary>How a register becomes an argument.</summary>
internal enum ParameterKind
{
    Int32,
    UInt32,
    Int64,
    UInt64,
    Address,
    Enumeration,
    Unsupported,
}

/// <summary>A member of an enumeration, for the trace.</summary>
internal sealed record EnumerationMember(string Name, ulong Value);

/// <summary>An enumeration that some handler takes.</summary>
/// <param name="Type">Its fully qualified name.</param>
/// <param name="IsFlags">Whether its members are bits.</param>
/// <param name="Is32Bit">Whether it is over int or uint: the upper half of the register is ignored.</param>
/// <param name="Members">In declaration order.</param>
internal sealed record EnumerationModel(string Type, bool IsFlags, bool Is32Bit, EquatableArray<EnumerationMember> Members);

/// <summary>An argument of a handler.</summary>
internal sealed record ParameterModel(string Name, string Type, ParameterKind Kind, EnumerationModel? Enumeration);

/// <summary>Where a handler stands in the source, without holding on to the compilation.</summary>
internal sealed record SourcePlace(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static SourcePlace? Of(Location? location) => location?.SourceTree is { } tree
        ? new SourcePlace(tree.FilePath, location.SourceSpan, location.GetLineSpan().Span)
        : null;

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}

/// <summary>A handler as its source declares it.</summary>
internal sealed record SyscallModel(
    int Number,
    string Name,
    string Handler,
    string? Unsupported,
    bool ReturnsAddress,
    string Summary,
    string? ShapeError,
    EquatableArray<ParameterModel> Parameters,
    SourcePlace? Place)
{
    /// <summary>Linux's name of a method: "SetTidAddress" is "settidaddress", unless the attribute says otherwise.</summary>
    public static string DefaultName(string methodName) => methodName.ToLowerInvariant();

    /// <summary>A C# string literal.</summary>
    public static string Literal(string? text)
    {
        if (text is null)
        {
            return "null";
        }

        var literal = new StringBuilder("\"");
        foreach (char character in text)
        {
            literal.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => character.ToString(),
            });
        }

        return literal.Append('"').ToString();
    }
}
