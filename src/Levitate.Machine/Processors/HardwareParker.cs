using Levitate.Kernel.Platform;

namespace Levitate.Machine.Processors;

/// <summary>A parker on the floor's.</summary>
internal sealed class HardwareParker : ThreadParker
{
    private FloorPermit _permit;

    /// <inheritdoc/>
    protected override bool Wait(long deadline) => _permit.Wait(deadline);

    /// <inheritdoc/>
    public override void Unpark() => _permit.Give();
}
