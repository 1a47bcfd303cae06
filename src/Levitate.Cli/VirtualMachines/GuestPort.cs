using System;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>A stream between the tool and the guest: a socket pair, whose far end QEMU inherits.</summary>
internal sealed class GuestPort : IDisposable
{
    private readonly Descriptor _inherited;

    /// <summary>Makes the pair.</summary>
    public GuestPort() => (Ours, _inherited) = Descriptor.CreateSocketPair();

    /// <summary>The tool's end.</summary>
    public Descriptor Ours { get; }

    /// <summary>The number that QEMU knows its end by.</summary>
    public int InheritedNumber => _inherited.Number;

    /// <summary>Called when QEMU has its end, so that the tool's end sees when QEMU has gone.</summary>
    public void CloseInherited() => _inherited.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _inherited.Dispose();
        Ours.Dispose();
    }
}
