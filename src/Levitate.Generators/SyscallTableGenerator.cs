using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Levitate.Generators;

/// <summary>
/// Makes Levitate.Kernel.Syscalls.SyscallTable out of the methods with [Syscall]: the dispatch switch, what the trace
/// needs, and the rows of docs/syscalls.md.
/// </summary>
[Generator]
public sealed class SyscallTableGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor s_duplicateNumber = new(
        "LEV001", "Two handlers claim one system call number", "System call {0} is handled by {1} already", "Syscalls", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor s_unsupportedParameter = new(
        "LEV002", "A handler's parameter type cannot be decoded from a register", "Parameter {0} is a {1}: a system call takes int, uint, long, ulong, UserAddress, or an enumeration over those", "Syscalls", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor s_wrongShape = new(
        "LEV003", "A handler's shape is wrong", "The handler of system call {0} cannot be called: {1}", "Syscalls", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValueProvider<ImmutableArray<SyscallModel>> syscalls = context.SyntaxProvider
            .ForAttributeWithMetadataName("Levitate.Kernel.Abi.SyscallAttribute", static (_, _) => true, static (target, _) => new EquatableArray<SyscallModel>(SyscallReader.Read(target)))
            .SelectMany(static (models, _) => models)
            .Collect();
        context.RegisterSourceOutput(syscalls, static (output, models) => Generate(output, models));
    }

    private static void Generate(SourceProductionContext output, ImmutableArray<SyscallModel> models)
    {
        var accepted = new SortedDictionary<int, SyscallModel>();
        foreach (SyscallModel model in models)
        {
            Location location = model.Place?.ToLocation() ?? Location.None;
            ParameterModel? unsupported = model.Parameters.FirstOrDefault(parameter => parameter.Kind == ParameterKind.Unsupported);
            if (model.ShapeError is not null)
            {
                output.ReportDiagnostic(Diagnostic.Create(s_wrongShape, location, model.Name, model.ShapeError));
            }
            else if (unsupported is not null)
            {
                output.ReportDiagnostic(Diagnostic.Create(s_unsupportedParameter, location, unsupported.Name, unsupported.Type));
            }
            else if (accepted.TryGetValue(model.Number, out SyscallModel? first))
            {
                output.ReportDiagnostic(Diagnostic.Create(s_duplicateNumber, location, model.Number, first.Handler));
            }
            else
            {
                accepted.Add(model.Number, model);
            }
        }

        output.AddSource("SyscallTable.Dispatch.g.cs", SourceText.From(SyscallEmitter.EmitDispatch(accepted.Values), Encoding.UTF8));
        output.AddSource("SyscallTable.Metadata.g.cs", SourceText.From(SyscallEmitter.EmitMetadata(accepted.Values), Encoding.UTF8));
    }
}
