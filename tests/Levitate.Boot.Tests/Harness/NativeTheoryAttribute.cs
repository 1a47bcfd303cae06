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

/// <summary>As <see cref="NativeTheoryAttribute"/>, where the host lets its user have real-time priorities.</summary>
internal sealed class NativeRealTimeTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the host.</summary>
    public NativeRealTimeTheoryAttribute() => Skip = NativeSystem.Obstacle ?? FindObstacle();

    private static string? FindObstacle() => HostCommand.Run(["/usr/bin/chrt", "--fifo", "1", "/bin/true"]) is { Status: not 0 } result
        ? $"this host gives no real-time priorities: {result.ErrorText.Trim()}"
        : null;
}

/// <summary>As <see cref="NativeTheoryAttribute"/>, with pseudo-terminals.</summary>
internal sealed class NativeTerminalTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the host.</summary>
    public NativeTerminalTheoryAttribute() => Skip = NativeSystem.Obstacle ?? HostTerminal.Obstacle;
}

/// <summary>As <see cref="MachineFactAttribute"/>, with a terminal of the host's.</summary>
internal sealed class MachineTerminalFactAttribute : FactAttribute
{
    /// <summary>Asks the environment and the host.</summary>
    public MachineTerminalFactAttribute() => Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : HostTerminal.Obstacle;
}

/// <summary>As <see cref="MachineTheoryAttribute"/>, with a terminal of the host's.</summary>
internal sealed class MachineTerminalTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the environment and the host.</summary>
    public MachineTerminalTheoryAttribute() => Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : HostTerminal.Obstacle;
}
