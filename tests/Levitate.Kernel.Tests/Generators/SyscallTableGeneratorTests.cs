using System;
using System.Collections.Immutable;
using System.Linq;
using Levitate.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Levitate.Kernel.Tests.Generators;

public sealed class SyscallTableGeneratorTests
{
    private const string Contracts = """
        namespace Levitate.Kernel.Abi
        {
            [System.AttributeUsage(System.AttributeTargets.Method)]
            public sealed class SyscallAttribute(int number) : System.Attribute
            {
                public int Number { get; } = number;
                public string? Name { get; init; }
                public string? Unsupported { get; init; }
            }
            public struct SyscallResult { }
        }
        namespace Levitate.Kernel.Processes { public sealed class UserThread { } }
        namespace Levitate.Kernel.Platform
        {
            public readonly record struct UserAddress(ulong Value);
            public struct UserRegisters { public ulong Rdi, Rsi, Rdx, R10, R8, R9; }
        }
        """;

    [Fact]
    public void Arguments_are_decoded_by_type_from_the_registers_in_order()
    {
        (ImmutableArray<Diagnostic> diagnostics, string source) = Generate("""
            [Syscall(7, Name = "all_kinds")]
            internal static SyscallResult AllKinds(UserThread caller, int a, uint b, long c, ulong d, UserAddress e, Flags f) => default;
            """);
        Assert.Empty(diagnostics);
        Assert.Contains("case 7: return Call7(caller, ref registers); // all_kinds", source, StringComparison.Ordinal);
        Assert.Contains(
            "(caller, unchecked((int)registers.Rdi), unchecked((uint)registers.Rsi), unchecked((long)registers.Rdx), registers.R10, new global::Levitate.Kernel.Platform.UserAddress(registers.R8), (global::Test.Flags)unchecked((int)registers.R9))",
            source,
            StringComparison.Ordinal);
        Assert.Contains("(\"F_TWO\", 0x2UL)", source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LEV001", "[Syscall(1)] internal static SyscallResult A(UserThread caller) => default; [Syscall(1)] internal static SyscallResult B(UserThread caller) => default;")]
    [InlineData("LEV002", "[Syscall(1)] internal static SyscallResult A(UserThread caller, string path) => default;")]
    [InlineData("LEV002", "[Syscall(1)] internal static SyscallResult A(UserThread caller, ref int value) => default;")]
    [InlineData("LEV002", "[Syscall(1)] internal static SyscallResult A(UserThread caller, Small value) => default;")]
    [InlineData("LEV003", "[Syscall(1)] internal static long A(UserThread caller) => default;")]
    [InlineData("LEV003", "[Syscall(1)] internal static SyscallResult A(int caller) => default;")]
    [InlineData("LEV003", "[Syscall(1)] private static SyscallResult A(UserThread caller) => default;")]
    [InlineData("LEV003", "[Syscall(-1)] internal static SyscallResult A(UserThread caller) => default;")]
    [InlineData("LEV003", "[Syscall(1)] internal static SyscallResult A(UserThread caller, int a, int b, int c, int d, int e, int f, int g) => default;")]
    public void A_wrong_handler_is_a_compile_error(string id, string handler)
    {
        (ImmutableArray<Diagnostic> diagnostics, _) = Generate(handler);
        Diagnostic diagnostic = Assert.Single(diagnostics);
        Assert.Equal((id, DiagnosticSeverity.Error), (diagnostic.Id, diagnostic.Severity));
    }

    private static (ImmutableArray<Diagnostic> Diagnostics, string Source) Generate(string handlers)
    {
        string source = $$"""
            using Levitate.Kernel.Abi;
            using Levitate.Kernel.Platform;
            using Levitate.Kernel.Processes;
            namespace Test
            {
                [System.Flags] public enum Flags { None = 0, F_ONE = 1, F_TWO = 2 }
                public enum Small : byte { None }
                internal static class Handlers
                {
                    {{handlers}}
                }
            }
            """;
        CSharpCompilation compilation = CSharpCompilation.Create(
            "test",
            [CSharpSyntaxTree.ParseText(Contracts), CSharpSyntaxTree.ParseText(source)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        GeneratorDriverRunResult result = CSharpGeneratorDriver.Create(new SyscallTableGenerator()).RunGenerators(compilation).GetRunResult();
        return (result.Diagnostics, string.Concat(result.GeneratedTrees.Select(tree => tree.ToString())));
    }
}
