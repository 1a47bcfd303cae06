using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading;
using Levitate.Cli.Host;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.VirtualMachines;

/// <summary>A running QEMU. It ends with the tool, however the tool ends.</summary>
internal sealed class QemuProcess : IDisposable
{
    private readonly Process _process;
    private readonly Thread _errorReader;
    private string _errors = "";

    private QemuProcess(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        _errorReader = new Thread(() => _errors = process.StandardError.ReadToEnd()) { IsBackground = true, Name = "qemu stderr" };
        _errorReader.Start();
    }

    /// <summary>
    /// Starts QEMU and gives it its ends of the ports. The calling thread must be the tool's main thread: the kernel ends
    /// QEMU when that thread ends.
    /// </summary>
    public static QemuProcess Start(MachineOptions options, GuestPorts ports, BootRequest? request, byte[]? overlay)
    {
        var items = new List<(string Name, Descriptor File)>();
        if (request is not null)
        {
            items.Add((QemuCommandLine.RequestItem, Descriptor.CreateMemoryFile("request", request.Serialize())));
        }

        if (overlay is not null)
        {
            items.Add((QemuCommandLine.OverlayItem, Descriptor.CreateMemoryFile("overlay", overlay)));
        }

        var qemu = new QemuProcess(Start(QemuCommandLine.Build(options, ports, items)));
        items.ForEach(item => item.File.Dispose());
        ports.CloseInherited();
        return qemu;
    }

    /// <summary>Waits until QEMU has ended by itself. False when it took longer.</summary>
    public bool WaitForExit(TimeSpan limit) => _process.WaitForExit(limit);

    /// <summary>Ends it now, if it has not ended.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>What QEMU said on its standard error, once it has ended.</summary>
    public string ReadErrors()
    {
        _errorReader.Join();
        return _errors.Trim();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        // setpriv asks for PR_SET_PDEATHSIG in the child, which .NET has no way to. In a session of its own QEMU gets no signals
        // from the terminal: they are for this tool, which ends QEMU when it ends.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", "setsid", QemuCommandLine.Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new ToolException($"QEMU cannot be started: {failure.Message}.", "Call the tool as ./levitate: it installs what is missing.");
        }
    }
}
