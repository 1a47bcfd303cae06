using Xunit;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A theory that runs its cases on the host's Linux too; skipped, with the reason, where the host does not allow that.</summary>
internal sealed class NativeTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the host.</summary>
    public NativeTheoryAttribute() => Skip = NativeSystem.Obstacle;
}

/// <summary>A fact about the VM; skipped when LEVITATE_NATIVE_ONLY is set.</summary>
internal sealed class MachineFactAttribute : FactAttribute
{
    /// <summary>Asks the environment.</summary>
    public MachineFactAttribute() => Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : null;
}

/// <summary>A theory about the VM; skipped when LEVITATE_NATIVE_ONLY is set.</summary>
internal sealed class MachineTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the environment.</summary>
    public MachineTheoryAttribute() => Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : null;
}
