using System;
using System.Collections.Generic;
using Levitate.Floor;
using Levitate.Machine.Processors;
using Levitate.Machine.Virtio;

namespace Levitate.Machine;

/// <summary>Serves one interrupt line, which several devices may share, with a kernel thread.</summary>
internal sealed class InterruptThread
{
    private readonly int _line;
    private readonly List<(IVirtioTransport Transport, Action Handler)> _devices = [];

    private InterruptThread(int line) => _line = line;

    /// <summary>Starts a thread for every line that the devices use.</summary>
    /// <param name="devices">Each device with what it does on an interrupt, after its reasons were taken back.</param>
    internal static void StartAll(IEnumerable<(IVirtioTransport Transport, Action Handler)> devices)
    {
        var threads = new List<InterruptThread>();
        foreach ((IVirtioTransport transport, Action handler) in devices)
        {
            InterruptThread? thread = threads.Find(candidate => candidate._line == transport.InterruptLine);
            if (thread is null)
            {
                thread = new InterruptThread(transport.InterruptLine);
                threads.Add(thread);
            }

            thread._devices.Add((transport, handler));
        }

        foreach (InterruptThread thread in threads)
        {
            if (!ManagedThreads.TryStart(thread.Serve))
            {
                throw new OutOfMemoryException();
            }
        }
    }

    private void Serve()
    {
        Interrupts.Enable(_line);

        // A device that raised the line before it was enabled holds it up and makes no more interrupts until it is served.
        ServeDevices();
        while (true)
        {
            BlockingCalls.WaitForInterrupt(_line);
            ServeDevices();
            Interrupts.Complete(_line);
        }
    }

    private void ServeDevices()
    {
        foreach ((IVirtioTransport transport, Action handler) in _devices)
        {
            transport.AcknowledgeInterrupt();
            try
            {
                handler();
            }
            catch (OutOfMemoryException)
            {
                // Whoever waits for this device asks it again at its next interrupt.
                SerialLog.Write("[OOM] the kernel's own memory is used up: an interrupt was not served\n"u8);
            }
        }
    }
}
