using System;
using System.Collections.Generic;
using System.Diagnostics;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Reads the guest's side of the control channel, a message a line.</summary>
internal sealed class ControlReader(Descriptor channel, Interruption interruption)
{
    // Longer lines come from no kernel of ours.
    private const int MaximumLine = 16 * 1024;

    private readonly List<byte> _line = [];

    /// <summary>Waits until the guest says how the run ended, or time or an interruption ends it; null: the channel closed first.</summary>
    public GuestOutcome? WaitForOutcome(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        byte[] buffer = new byte[4096];
        while (true)
        {
            Libc.PollDescriptor[] descriptors =
            [
                new() { Descriptor = channel.Number, Events = Libc.POLLIN },
                new() { Descriptor = interruption.DescriptorNumber, Events = Libc.POLLIN },
            ];
            int remaining = -1;
            if (timeout > TimeSpan.Zero)
            {
                remaining = (int)Math.Max(0, Math.Ceiling((timeout - Stopwatch.GetElapsedTime(start)).TotalMilliseconds));
            }

            int ready = Libc.Poll(descriptors, (ulong)descriptors.Length, remaining);
            if (interruption.Signal != 0)
            {
                return new GuestOutcome.Interrupted(interruption.Signal);
            }

            if (ready == 0)
            {
                return new GuestOutcome.TimedOut();
            }

            if (descriptors[0].Returned != 0)
            {
                int count = channel.Read(buffer);
                if (count == 0)
                {
                    return null;
                }

                if (TakeLines(buffer.AsSpan(0, count)) is { } outcome)
                {
                    return outcome;
                }
            }
        }
    }

    private GuestOutcome? TakeLines(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value != '\n')
            {
                if (_line.Count < MaximumLine)
                {
                    _line.Add(value);
                }

                continue;
            }

            GuestOutcome? outcome = GuestOutcome.Parse(HostText.Decode(_line.ToArray()));
            _line.Clear();
            if (outcome is not null)
            {
                return outcome;
            }
        }

        return null;
    }
}
