using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A fact that asks the host's Linux; skipped, with the reason, where there is none to ask.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    /// <summary>Asks the host.</summary>
    public LinuxFactAttribute() => Skip = LinuxOracle.Obstacle;
}

/// <summary>A theory that asks the host's Linux; skipped, with the reason, where there is none to ask.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the host.</summary>
    public LinuxTheoryAttribute() => Skip = LinuxOracle.Obstacle;
}
