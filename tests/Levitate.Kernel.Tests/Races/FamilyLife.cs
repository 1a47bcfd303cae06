using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Races;

/// <summary>Programs of one thread and of several that fork, end, wait for and leave each other, change groups and sessions, stop and continue, as chance has it.</summary>
internal sealed class FamilyLife(Disturbance disturbance)
{
    private const ulong Data = ProcessTestKernel.Data;
    private const ulong Action = Data;
    private const ulong NoHang = 1;
    private const ulong Stopped = 2;
    private const ulong Exited = 4;
    private const ulong Continued = 8;
    private const ulong NoWait = 0x0100_0000;
    private const ulong All = 0x4000_0000;
    private const ulong CloneParent = 0x8000;
    private const ulong ThreadFlags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000;
    private const ulong StackBytes = 4 * PageSize.Bytes;
    private const ulong Everybody = ulong.MaxValue;
    private const int Steps = 25;

    private readonly ConcurrentDictionary<long, bool> _reaped = new();

    /// <summary>Children and threads that may still be born, so that life comes to an end.</summary>
    private int _births = 60;

    /// <summary>The first of a family, which waits for all who are left to it.</summary>
    public IEnumerable<UserExit> Head(UserProgram program)
    {
        program.Store(Action, new KernelAction(program.Handler(Nothing), 0x0400_0000, UserProgram.Restorer, 0));
        yield return program.Call(13, SignalNumber.SIGUSR1, Action, 0, 8);
        yield return program.Call(13, SignalNumber.SIGCHLD, Action, 0, 8);
        foreach (UserExit exit in Live(program))
        {
            yield return exit;
        }

        foreach (UserExit exit in WaitForAll(program))
        {
            yield return exit;
        }

        yield return program.Call(231, 0);
    }

    /// <summary>A process or a thread that was cloned.</summary>
    public IEnumerable<UserExit> Member(UserProgram program)
    {
        // The handler has the same address in all programs: it is the first of each.
        program.Handler(Nothing);
        foreach (UserExit exit in Live(program))
        {
            yield return exit;
        }

        if (disturbance.Random.Next(2) == 0)
        {
            foreach (UserExit exit in WaitForAll(program))
            {
                yield return exit;
            }
        }

        yield return program.Call(disturbance.Random.Next(3) == 0 ? 231u : 60u, 0);
    }

    /// <summary>A process that has children for as long as it lives: only a signal ends it.</summary>
    public IEnumerable<UserExit> Immortal(UserProgram program)
    {
        while (true)
        {
            if (Interlocked.Decrement(ref _births) >= 0)
            {
                yield return program.Call(57);
            }

            yield return program.Call(61, Everybody, 0, NoHang, 0);
        }
    }

    private static IEnumerable<UserExit> Nothing(UserProgram program)
    {
        yield return program.Call(39);
    }

    private IEnumerable<UserExit> WaitForAll(UserProgram program)
    {
        do
        {
            yield return program.Call(61, Everybody, 0, All, 0);
            NoteReaped(program.Result);
        }
        while (program.Error != Errno.ECHILD);
    }

    private IEnumerable<UserExit> Live(UserProgram program)
    {
        for (int step = 0; step < Steps; step++)
        {
            switch (disturbance.Random.Next(14))
            {
                case 0:
                    yield return program.Call(61, Everybody, 0, NoHang | All, 0);
                    NoteReaped(program.Result);
                    break;
                case 1:
                    yield return program.Call(61, 0, 0, NoHang | Stopped | Continued, 0);
                    break;
                case 2:
                    yield return program.Call(247, 0, 0, 0, NoHang | Exited | NoWait | All, 0);
                    break;
                case 3:
                    // The caller into a group of its own, or back to its session's.
                    yield return program.Call(124, 0);
                    yield return program.Call(109, 0, disturbance.Random.Next(2) == 0 ? 0 : (ulong)program.Result);
                    break;
                case 4 when disturbance.Random.Next(4) == 0:
                    yield return program.Call(112);
                    break;
                case 5:
                    yield return program.Call(157, 36, (ulong)disturbance.Random.Next(2), 0, 0, 0);
                    break;
                case 6:
                    yield return program.Call(62, 0, SignalNumber.SIGUSR1);
                    break;
                case 7:
                    yield return program.Call(62, 0, SignalNumber.SIGCONT);
                    break;
                case 8:
                    yield return program.Call(110);
                    Assert.True(program.Result > 0);
                    break;
                default:
                    foreach (UserExit exit in Bear(program))
                    {
                        yield return exit;
                    }

                    break;
            }
        }
    }

    private IEnumerable<UserExit> Bear(UserProgram program)
    {
        if (Interlocked.Decrement(ref _births) < 0)
        {
            yield break;
        }

        if (disturbance.Random.Next(4) == 0)
        {
            yield return program.Call(9, 0, StackBytes, 3, 0x22, Everybody, 0);
            if (program.Error == Errno.None)
            {
                yield return program.Call(56, ThreadFlags, (ulong)program.Result + StackBytes - 64, 0, 0, 0);
            }

            yield break;
        }

        ulong endSignal = disturbance.Random.Next(6) switch
        {
            0 => 0,
            1 => SignalNumber.SIGCONT,
            2 => SignalNumber.SIGUSR1,
            _ => SignalNumber.SIGCHLD,
        };
        yield return disturbance.Random.Next(4) == 0
            ? program.Call(56, CloneParent | SignalNumber.SIGCHLD, 0, 0, 0, 0)
            : program.Call(56, endSignal, 0, 0, 0, 0);
        if (program.Result > 0 && disturbance.Random.Next(4) == 0)
        {
            ulong child = (ulong)program.Result;
            yield return program.Call(62, child, SignalNumber.SIGSTOP);
            yield return program.Call(61, child, 0, NoHang | Stopped | All, 0);
            if (program.Error == Errno.None && program.Result != 0)
            {
                yield return program.Call(62, child, SignalNumber.SIGCONT);
                yield break;
            }

            yield return program.Call(62, child, SignalNumber.SIGCONT);
        }
    }

    /// <summary>Nobody is waited for twice.</summary>
    private void NoteReaped(long result)
    {
        if (result > 0)
        {
            Assert.True(_reaped.TryAdd(result, true), $"process {result} was waited for twice");
        }
    }

    /// <summary>struct kernel_sigaction.</summary>
    private readonly record struct KernelAction(ulong Handler, ulong Flags, ulong Restorer, ulong Mask);
}
