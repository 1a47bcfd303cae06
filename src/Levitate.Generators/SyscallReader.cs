using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Levitate.Generators;

/// <summary>Reads a method with [Syscall] into a model.</summary>
internal static class SyscallReader
{
    private const string UserThreadType = "Levitate.Kernel.Processes.UserThread";
    private const string ResultType = "Levitate.Kernel.Abi.SyscallResult";
    private const string AddressType = "Levitate.Kernel.Platform.UserAddress";

    internal static IEnumerable<SyscallModel> Read(GeneratorAttributeSyntaxContext context)
    {
        var method = (IMethodSymbol)context.TargetSymbol;
        foreach (AttributeData attribute in context.Attributes)
        {
            int number = attribute.ConstructorArguments.Length == 1 && attribute.ConstructorArguments[0].Value is int value ? value : -1;
            yield return new SyscallModel(
                number,
                NamedArgument<string>(attribute, "Name") ?? SyscallModel.DefaultName(method.Name),
                $"global::{method.ContainingType.ToDisplayString()}.{method.Name}",
                NamedArgument<string>(attribute, "Unsupported"),
                NamedArgument<object>(attribute, "ReturnsAddress") is true,
                ReadSummary(method),
                FindShapeError(method, number),
                new EquatableArray<ParameterModel>(method.Parameters.Skip(1).Select(ReadParameter)),
                SourcePlace.Of(method.Locations.FirstOrDefault()));
        }
    }

    private static T? NamedArgument<T>(AttributeData attribute, string name)
        where T : class
        => attribute.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value.Value as T;

    private static string? FindShapeError(IMethodSymbol method, int number)
    {
        if (number < 0)
        {
            return "its number is negative";
        }

        if (!method.IsStatic || method.DeclaredAccessibility == Accessibility.Private || method.IsGenericMethod)
        {
            return "it must be a static, non-generic method that the dispatch can reach (internal)";
        }

        if (method.ReturnType.ToDisplayString() != ResultType)
        {
            return "it must return SyscallResult";
        }

        if (method.Parameters.Length == 0 || method.Parameters[0].Type.ToDisplayString() != UserThreadType)
        {
            return "its first parameter must be the calling UserThread";
        }

        return method.Parameters.Length > 7 ? "it has more than six arguments" : null;
    }

    private static ParameterModel ReadParameter(IParameterSymbol parameter)
    {
        ITypeSymbol type = parameter.Type;
        ParameterKind kind = parameter.RefKind != RefKind.None ? ParameterKind.Unsupported : type.SpecialType switch
        {
            SpecialType.System_Int32 => ParameterKind.Int32,
            SpecialType.System_UInt32 => ParameterKind.UInt32,
            SpecialType.System_Int64 => ParameterKind.Int64,
            SpecialType.System_UInt64 => ParameterKind.UInt64,
            _ when type.ToDisplayString() == AddressType => ParameterKind.Address,
            _ when type.TypeKind == TypeKind.Enum => ParameterKind.Enumeration,
            _ => ParameterKind.Unsupported,
        };
        EnumerationModel? enumeration = kind == ParameterKind.Enumeration ? ReadEnumeration((INamedTypeSymbol)type) : null;
        if (kind == ParameterKind.Enumeration && enumeration is null)
        {
            kind = ParameterKind.Unsupported;
        }

        return new ParameterModel(parameter.Name, type.ToDisplayString(), kind, enumeration);
    }

    /// <summary>Null where the underlying type is no register's.</summary>
    private static EnumerationModel? ReadEnumeration(INamedTypeSymbol type)
    {
        SpecialType underlying = type.EnumUnderlyingType!.SpecialType;
        bool is32Bit = underlying is SpecialType.System_Int32 or SpecialType.System_UInt32;
        if (!is32Bit && underlying is not (SpecialType.System_Int64 or SpecialType.System_UInt64))
        {
            return null;
        }

        bool isFlags = type.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == "System.FlagsAttribute");
        IEnumerable<EnumerationMember> members = type.GetMembers().OfType<IFieldSymbol>()
            .Where(field => field.HasConstantValue)
            .Select(field => new EnumerationMember(field.Name, ToBits(field.ConstantValue!, is32Bit)));
        return new EnumerationModel(type.ToDisplayString(), isFlags, is32Bit, new EquatableArray<EnumerationMember>(members));
    }

    private static ulong ToBits(object constant, bool is32Bit) => constant switch
    {
        int value => unchecked((uint)value),
        uint value => value,
        long value => unchecked((ulong)value),
        ulong value => value,
        _ => 0,
    } & (is32Bit ? uint.MaxValue : ulong.MaxValue);

    /// <summary>The summary of the doc comment as one line of text.</summary>
    private static string ReadSummary(IMethodSymbol method)
    {
        string? xml = method.GetDocumentationCommentXml();
        if (string.IsNullOrEmpty(xml))
        {
            return string.Empty;
        }

        try
        {
            XElement? summary = XElement.Parse(xml).Element("summary");
            foreach (XElement reference in summary?.DescendantNodes().OfType<XElement>().ToList() ?? [])
            {
                string? name = reference.Attribute("name")?.Value ?? reference.Attribute("langword")?.Value ?? reference.Attribute("cref")?.Value;
                if (name is not null)
                {
                    reference.ReplaceWith(name.Substring(name.LastIndexOf('.') + 1));
                }
            }

            return Regex.Replace(summary?.Value ?? string.Empty, @"\s+", " ").Trim();
        }
        catch (System.Xml.XmlException)
        {
            return string.Empty;
        }
    }
}
