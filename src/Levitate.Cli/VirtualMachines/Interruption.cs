using System;
using System.Runtime.InteropServices;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Turns SIGINT (Ctrl-C), SIGQUIT, SIGTERM and SIGHUP into something that can be waited for beside a descriptor.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly Descriptor _reader;
    private readonly Descriptor _writer;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to take the signals.</summary>
    public Interruption()
    {
        (_reader, _writer) = Descriptor.CreateSocketPair();
        _ = Libc.Fcntl(_writer.Number, Libc.F_SETFD, Libc.FD_CLOEXEC);
        _registrations = [Register(PosixSignal.SIGINT, 2), Register(PosixSignal.SIGQUIT, 3), Register(PosixSignal.SIGTERM, 15), Register(PosixSignal.SIGHUP, 1)];
    }

    /// <summary>The descriptor that becomes readable when a signal has come.</summary>
    public int DescriptorNumber => _reader.Number;

    /// <summary>The number of the signal that has come; 0: none yet.</summary>
    public int Signal { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _reader.Dispose();
        _writer.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Signal = number;
        _writer.WriteAll([1]);
    });
}
