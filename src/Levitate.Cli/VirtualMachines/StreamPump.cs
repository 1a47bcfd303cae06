using System;
using System.Threading;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Carries bytes from one descriptor to another on a thread of its own until the first one ends.</summary>
internal sealed class StreamPump
{
    private const int BufferSize = 64 * 1024;

    private readonly Thread _thread;

    /// <summary>Starts the pump.</summary>
    /// <param name="source">Read until it ends.</param>
    /// <param name="sink">Takes each piece; false: it takes no more, and the pump stops.</param>
    /// <param name="ended">Called at the source's end, or when the sink took no more (true).</param>
    public StreamPump(Descriptor source, StreamSink sink, Action<bool>? ended = null)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "pump" };
        _thread.Start();

        void Run()
        {
            byte[] buffer = new byte[BufferSize];
            bool refused = false;
            for (int count = source.Read(buffer); count > 0 && !refused; count = refused ? 0 : source.Read(buffer))
            {
                refused = !sink(buffer.AsSpan(0, count));
            }

            ended?.Invoke(refused);
        }
    }

    /// <summary>Waits for the pump's end.</summary>
    public void Join() => _thread.Join();
}
