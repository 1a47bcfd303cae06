namespace Levitate.Cli.Benchmarks;

/// <summary>What a system cannot be measured with here.</summary>
/// <param name="System">The system.</param>
/// <param name="What">The figure or the set of them.</param>
/// <param name="Reason">Why.</param>
internal sealed record Inability(string System, string What, string Reason);
