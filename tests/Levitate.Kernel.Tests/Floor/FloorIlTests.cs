using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

/// <summary>
/// Levitate.Floor runs below the .NET runtime, before it is up and while it collects: nothing in it may need the runtime.
/// The link checks the machine code for the same (link-kernel.sh); this test names the line of C#.
/// </summary>
public sealed class FloorIlTests : IDisposable
{
    private static readonly Dictionary<int, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value & 0xffff);

    /// <summary>What allocates, throws, or calls through tables that the runtime fills in.</summary>
    private static readonly HashSet<string> s_forbidden =
    [
        "newarr", "box", "unbox", "unbox.any", "ldstr", "castclass", "isinst", "callvirt", "ldvirtftn", "calli",
        "throw", "rethrow", "ldelema", "ldelem", "ldelem.ref", "stelem", "stelem.ref", "mkrefany", "refanyval",
    ];

    private readonly PEReader _image = new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Levitate.Floor.dll")));
    private readonly MetadataReader _metadata;

    public FloorIlTests()
    {
        _metadata = _image.GetMetadataReader();
    }

    public void Dispose() => _image.Dispose();

    [Fact]
    public void No_method_of_the_floor_allocates_throws_or_calls_virtually()
    {
        var findings = new List<string>();
        foreach (MethodDefinition method in FloorMethods())
        {
            foreach ((OpCode code, int token) in Instructions(method))
            {
                if (s_forbidden.Contains(code.Name!) || (code == OpCodes.Newobj && !IsConstructorOfValueType(token)))
                {
                    findings.Add($"{NameOf(method)}: {code.Name}");
                }
            }
        }

        Assert.Empty(findings);
    }

    [Fact]
    public void No_method_of_the_floor_has_an_exception_handler()
    {
        IEnumerable<string> findings = FloorMethods()
            .Where(method => method.RelativeVirtualAddress != 0)
            .Where(method => !_image.GetMethodBody(method.RelativeVirtualAddress).ExceptionRegions.IsEmpty)
            .Select(NameOf);
        Assert.Empty(findings);
    }

    [Fact]
    public void No_type_of_the_floor_has_a_static_constructor()
    {
        IEnumerable<string> findings = FloorMethods().Where(method => _metadata.StringComparer.Equals(method.Name, ".cctor")).Select(NameOf);
        Assert.Empty(findings);
    }

    [Fact]
    public void No_static_field_of_the_floor_holds_a_reference()
    {
        var findings = new List<string>();
        foreach (TypeDefinition type in FloorTypes())
        {
            foreach (FieldDefinition field in type.GetFields().Select(_metadata.GetFieldDefinition))
            {
                if ((field.Attributes & (FieldAttributes.Static | FieldAttributes.Literal)) == FieldAttributes.Static
                    && IsReference(_metadata.GetBlobReader(field.Signature)))
                {
                    findings.Add($"{NameOf(type)}.{_metadata.GetString(field.Name)}");
                }
            }
        }

        Assert.Empty(findings);
    }

    [Fact]
    public void No_call_out_of_the_floor_plants_a_poll_of_the_collector()
    {
        IEnumerable<string> findings = FloorMethods()
            .Where(method => method.GetCustomAttributes().Any(attribute => NameOf(_metadata.GetCustomAttribute(attribute)).Contains("SuppressGCTransition")))
            .Select(NameOf);
        Assert.Empty(findings);
    }

    /// <summary>All types but attributes, which are never made.</summary>
    private IEnumerable<TypeDefinition> FloorTypes() => _metadata.TypeDefinitions
        .Select(_metadata.GetTypeDefinition)
        .Where(type => !_metadata.GetString(type.Name).EndsWith("Attribute", StringComparison.Ordinal));

    private IEnumerable<MethodDefinition> FloorMethods() =>
        FloorTypes().SelectMany(type => type.GetMethods()).Select(_metadata.GetMethodDefinition);

    private IEnumerable<(OpCode Code, int Token)> Instructions(MethodDefinition method)
    {
        if (method.RelativeVirtualAddress == 0)
        {
            yield break;
        }

        byte[] code = _image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
        for (int offset = 0; offset < code.Length;)
        {
            int value = code[offset++];
            if (value == 0xfe)
            {
                value = 0xfe00 | code[offset++];
            }

            OpCode opCode = s_opCodes[value];
            int token = opCode.OperandType is OperandType.InlineMethod ? BitConverter.ToInt32(code, offset) : 0;
            yield return (opCode, token);
            offset += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, offset)),
                _ => 4,
            };
        }
    }

    private bool IsConstructorOfValueType(int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        if (handle.Kind == HandleKind.MethodDefinition)
        {
            TypeDefinition type = _metadata.GetTypeDefinition(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            return type.BaseType.Kind == HandleKind.TypeReference
                && _metadata.StringComparer.Equals(_metadata.GetTypeReference((TypeReferenceHandle)type.BaseType).Name, "ValueType");
        }

        // Of the class library, only generic structures say in the metadata that they are structures: the spans.
        EntityHandle parent = _metadata.GetMemberReference((MemberReferenceHandle)handle).Parent;
        return parent.Kind == HandleKind.TypeSpecification
            && !IsReference(_metadata.GetBlobReader(_metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature), isField: false);
    }

    private static bool IsReference(BlobReader signature, bool isField = true)
    {
        if (isField)
        {
            signature.ReadSignatureHeader();
        }

        SignatureTypeCode code = signature.ReadSignatureTypeCode();
        while (code is SignatureTypeCode.RequiredModifier or SignatureTypeCode.OptionalModifier)
        {
            signature.ReadTypeHandle();
            code = signature.ReadSignatureTypeCode();
        }

        // A type handle, or a generic instance, begins with CLASS (0x12) or VALUETYPE (0x11).
        signature.Offset -= code == SignatureTypeCode.TypeHandle ? 1 : 0;
        return code switch
        {
            SignatureTypeCode.TypeHandle or SignatureTypeCode.GenericTypeInstance => signature.ReadByte() == 0x12,
            SignatureTypeCode.String or SignatureTypeCode.Object or SignatureTypeCode.SZArray or SignatureTypeCode.Array => true,
            _ => false,
        };
    }

    private string NameOf(MethodDefinition method) =>
        $"{NameOf(_metadata.GetTypeDefinition(method.GetDeclaringType()))}.{_metadata.GetString(method.Name)}";

    private string NameOf(TypeDefinition type) => _metadata.GetString(type.Name);

    private string NameOf(CustomAttribute attribute) => attribute.Constructor.Kind == HandleKind.MemberReference
        && _metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } parent
            ? _metadata.GetString(_metadata.GetTypeReference((TypeReferenceHandle)parent).Name)
            : string.Empty;
}
