using System;
using System.ComponentModel;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Levitate.Boot.Tests.Harness;

/// <summary>
/// A fact that needs what may have to be fetched first. That happens when the fact runs, not when it is found, so that
/// other tests do not wait for it; where it cannot be had, the fact is skipped with the reason.
/// </summary>
[XunitTestCaseDiscoverer("Levitate.Boot.Tests.Harness.PreparedFactDiscoverer", "Levitate.Boot.Tests")]
internal abstract class PreparedFactAttribute : FactAttribute
{
    /// <summary>What is going to take minutes; null: nothing.</summary>
    public abstract string? Delay { get; }

    /// <summary>Fetches; why that does not go, or null.</summary>
    public abstract string? Prepare();
}

/// <summary>A fact about Debian's programs in the VM; skipped where no root file system can be made.</summary>
/// <param name="needsLanguages">Whether it is about <see cref="DebianRoot.Languages"/>, not <see cref="DebianRoot.Tools"/>.</param>
internal sealed class DebianFactAttribute(bool needsLanguages = false) : PreparedFactAttribute
{
    /// <inheritdoc/>
    public override string? Delay => Root.Delay;

    private DebianRoot Root => needsLanguages ? DebianRoot.Languages : DebianRoot.Tools;

    /// <inheritdoc/>
    public override string? Prepare() => Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : Root.Obstacle;
}

/// <summary>A fact about Debian's programs on Linux and in the VM. To unpack a root file system with its owners and device nodes takes root.</summary>
internal sealed class NativeDebianFactAttribute(bool needsLanguages = false) : PreparedFactAttribute
{
    /// <inheritdoc/>
    public override string? Delay => Root.Delay;

    private DebianRoot Root => needsLanguages ? DebianRoot.Languages : DebianRoot.Tools;

    /// <inheritdoc/>
    public override string? Prepare() => !Environment.IsPrivilegedProcess ? "only root can unpack Debian's root file system on this host" : NativeSystem.Obstacle ?? Root.Obstacle;
}

/// <summary>A fact about a program from npm, on Linux and in the VM; skipped where npm does not fetch it.</summary>
/// <param name="package">The name of one of <see cref="NpmPackage"/>'s.</param>
internal sealed class NpmFactAttribute(string package) : PreparedFactAttribute
{
    /// <inheritdoc/>
    public override string? Delay => Package.Delay;

    private NpmPackage Package => package == nameof(NpmPackage.Esbuild) ? NpmPackage.Esbuild : NpmPackage.Biome;

    /// <inheritdoc/>
    public override string? Prepare() => NativeSystem.Obstacle ?? Package.Obstacle;
}

/// <summary>Finds the facts that are prepared when they run.</summary>
internal sealed class PreparedFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new PreparedFact(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

/// <summary>One of them.</summary>
internal sealed class PreparedFact : XunitTestCase
{
    /// <summary>For xunit, which fills it from what <see cref="XunitTestCase"/> wrote.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For xunit only.")]
    public PreparedFact()
    {
    }

    /// <summary>The fact of a method.</summary>
    public PreparedFact(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method)
        : base(messages, display, displayOptions, method)
    {
    }

    /// <inheritdoc/>
    public override async Task<RunSummary> RunAsync(IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource)
    {
        var attribute = (PreparedFactAttribute)((ReflectionAttributeInfo)TestMethod.Method.GetCustomAttributes(typeof(PreparedFactAttribute)).Single()).Attribute;
        if (attribute.Delay is { } delay)
        {
            diagnosticMessageSink.OnMessage(new DiagnosticMessage(delay));
        }

        SkipReason = await Task.Run(attribute.Prepare).ConfigureAwait(false);
        return await base.RunAsync(diagnosticMessageSink, messageBus, constructorArguments, aggregator, cancellationTokenSource).ConfigureAwait(false);
    }
}
