using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.Races;

/// <summary>Programs that make system calls as chance has it: memory, pipes, futexes, signals, clones.</summary>
internal sealed class RandomLife(Disturbance disturbance)
{
    private const ulong Data = ProcessTestKernel.Data;
    private const ulong PipeEnds = Data;
    private const ulong Word = Data + 64;
    private const ulong Timeout = Data + 128;
    private const ulong Action = Data + 192;
    private const ulong Buffer = Data + 4096;
    private const ulong Field = 0x2000_0000;
    private const int FieldPages = 48;
    private const int Steps = 60;
    private const ulong StackBytes = 4 * PageSize.Bytes;

    /// <summary>Clones that are still allowed, so that life comes to an end.</summary>
    private int _clones = 30;

    /// <summary>The first thread of a family: makes the pipe and the handler that all its members have.</summary>
    public IEnumerable<UserExit> Head(UserProgram program)
    {
        const ulong NonBlocking = 0x800;
        program.Store(Timeout, 0L);
        program.Store(Timeout + 8, 30_000L);
        yield return program.Call(293, PipeEnds, NonBlocking);
        program.Store(Action, new KernelAction(program.Handler(Nothing), 0x0400_0000, UserProgram.Restorer, 0));
        yield return program.Call(13, SignalNumber.SIGUSR1, Action, 0, 8);
        foreach (UserExit exit in Live(program))
        {
            yield return exit;
        }

        // Children that this one has are waited for; their own are init's when they end.
        do
        {
            yield return program.Call(61, ulong.MaxValue, 0, 0, 0);
        }
        while (program.Error != Errno.ECHILD);

        yield return program.Call(231, 0);
    }

    /// <summary>A thread or a process that was cloned.</summary>
    public IEnumerable<UserExit> Member(UserProgram program)
    {
        // The handler has the same address in all programs: it is the first of each.
        program.Handler(Nothing);
        foreach (UserExit exit in Live(program))
        {
            yield return exit;
        }

        yield return program.Call(disturbance.Random.Next(6) == 0 ? 231u : 60u, 0);
    }

    private static IEnumerable<UserExit> Nothing(UserProgram program)
    {
        yield return program.Call(39);
    }

    private IEnumerable<UserExit> Live(UserProgram program)
    {
        for (int step = 0; step < Steps; step++)
        {
            Random random = disturbance.Random;
            ulong page = Field + ((ulong)random.Next(FieldPages) * PageSize.Bytes);
            ulong length = (ulong)random.Next(1, 8) * PageSize.Bytes;
            switch (random.Next(16))
            {
                case 0 or 1:
                    yield return program.Call(9, page, length, 3, random.Next(3) == 0 ? 0x31u : 0x32u, ulong.MaxValue, 0);
                    break;
                case 2:
                    yield return program.Call(11, page, length);
                    break;
                case 3:
                    yield return program.Call(10, page, length, (ulong)random.Next(4));
                    break;
                case 4:
                    yield return program.Call(28, page, length, 4);
                    break;
                case 5:
                    // The kernel's own store to what may or may not be there.
                    yield return program.Call(318, page + 4000, 200, 0);
                    break;
                case 6 or 7:
                    yield return program.Call(1, 1, Buffer, (ulong)random.Next(1, 5000));
                    break;
                case 8 or 9:
                    yield return program.Call(0, 0, Buffer, (ulong)random.Next(1, 5000));
                    break;
                case 10:
                    yield return program.Call(202, Word, 128, 0, Timeout, 0, 0);
                    break;
                case 11:
                    yield return program.Call(202, Word, 129, 2, 0, 0, 0);
                    break;
                case 12:
                    yield return program.Call(39);
                    yield return program.Call(62, (ulong)program.Result, SignalNumber.SIGUSR1);
                    break;
                case 13:
                    yield return program.Call(61, ulong.MaxValue, 0, 1, 0);
                    break;
                case 14:
                    yield return program.Call(24);
                    break;
                default:
                    foreach (UserExit exit in Clone(program))
                    {
                        yield return exit;
                    }

                    break;
            }
        }
    }

    private IEnumerable<UserExit> Clone(UserProgram program)
    {
        const ulong ThreadFlags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000;
        if (Interlocked.Decrement(ref _clones) < 0)
        {
            yield break;
        }

        if (disturbance.Random.Next(2) == 0)
        {
            yield return program.Call(57);
            yield break;
        }

        yield return program.Call(9, 0, StackBytes, 3, 0x22, ulong.MaxValue, 0);
        if (program.Error == Errno.None)
        {
            yield return program.Call(56, ThreadFlags, (ulong)program.Result + StackBytes - 64, 0, 0, 0);
        }
    }

    /// <summary>struct kernel_sigaction.</summary>
    private readonly record struct KernelAction(ulong Handler, ulong Flags, ulong Restorer, ulong Mask);
}
