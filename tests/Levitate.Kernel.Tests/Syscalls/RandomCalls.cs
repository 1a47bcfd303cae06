using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Syscalls;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.Syscalls;

/// <summary>A program that makes system calls as a seed has it, with arguments that are sensible, nearly so, or not at all.</summary>
internal sealed class RandomCalls(int seed, int count)
{
    private const ulong Data = ProcessTestKernel.Data;
    private const ulong Action = Data;
    private const ulong Area = Data + PageSize.Bytes;
    private const int AreaBytes = 8 * PageSize.Bytes;
    private const ulong Paths = Area + AreaBytes;
    private const int PathBytes = 512;
    private const ulong Field = 0x2000_0000;

    /// <summary>
    /// Left out: what ends the program (exit, exit_group), has it go on at an address where nothing is written down
    /// (rt_sigaction, rt_sigreturn), hides the signal that ends its waiting (rt_sigprocmask, rt_sigsuspend), or stops the
    /// machine (reboot).
    /// </summary>
    private static readonly uint[] s_leftOut = [13, 14, 15, 60, 130, 169, 231];

    /// <summary>What makes descriptors, mappings and objects for the rest to work on: made more often than the others.</summary>
    private static readonly uint[] s_makers = [2, 9, 22, 29, 30, 32, 41, 53, 64, 68, 69, 85, 213, 222, 240, 242, 253, 257, 282, 283, 284, 291, 293, 319, 434];

    private static readonly SyscallInfo[] s_calls = [.. Enumerable.Range(0, 600).Select(number => SyscallTable.Find((uint)number)).OfType<SyscallInfo>().Where(call => !s_leftOut.Contains((uint)call.Number))];

    private static readonly string[] s_paths = ["/a", "/a/b", "/a/b/c", "b", "../a", "/", ".", "..", "", "/proc/self/fd/0", "/proc/self/maps", "/proc/self/smaps", "/proc/self/status", "/proc/self/fdinfo/3", "/proc/self/ns/pid", "/proc/locks", "/proc/1/stat", "/dev/null", "/x/", "tmpfs", "q", "/proc", "/a/d", "user.x", "trusted.y", new string('n', 300), "a\u00ff\u0001"];

    private static readonly ulong[] s_numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 31, 32, 63, 64, 65, 100, 511, 512, 4095, 4096, 8192, 65535, 65536, 1 << 20, int.MaxValue, 0x8000_0000, uint.MaxValue, long.MaxValue, 1UL << 63, ulong.MaxValue - 4095, ulong.MaxValue - 1, ulong.MaxValue];

    private static readonly ulong[] s_addresses = [0, 1, Field, Field + PageSize.Bytes, Data + ProcessTestKernel.DataBytes - 4, Data + ProcessTestKernel.DataBytes, UserLayout.KernelWindowStart, UserLayout.KernelWindowEnd - 8, UserLayout.End - 4, UserLayout.End, 0xffff_8000_0000_0000, ulong.MaxValue - 3];

    private readonly Random _random = new(seed);
    private readonly List<ulong> _results = [];
    private readonly Queue<string> _last = new();
    private UserThread? _thread;

    /// <summary>How many calls were made.</summary>
    public int Made { get; private set; }

    /// <summary>The last calls, one a line.</summary>
    public string Last
    {
        get
        {
            lock (_last)
            {
                return string.Join('\n', _last);
            }
        }
    }

    /// <summary>Says which thread runs the program; it begins then.</summary>
    public void Begin(UserThread thread) => Volatile.Write(ref _thread, thread);

    /// <summary>The program. It ends before its time where a call ends it, or takes its memory.</summary>
    public IEnumerable<UserExit> Run(UserProgram program)
    {
        SpinWait.SpinUntil(() => Volatile.Read(ref _thread) is not null);
        UserThread thread = _thread!;

        // Without SA_RESTART: what waits is interrupted.
        program.Store(Action, new KernelAction(program.Handler(Nothing), 0x0400_0000, UserProgram.Restorer, 0));
        yield return program.Call(13, SignalNumber.SIGUSR2, Action, 0, 8);
        for (; Made < count; Made++)
        {
            SyscallInfo? maker = _random.Next(3) == 0 ? SyscallTable.Find(s_makers[_random.Next(s_makers.Length)]) : null;
            SyscallInfo call = maker ?? s_calls[_random.Next(s_calls.Length)];
            ulong[] arguments = [.. call.Parameters.Select(Argument), .. Enumerable.Range(0, 6 - call.Parameters.Length).Select(_ => 0UL)];
            Note(call, arguments);
            if (!Scribble(program.Context) || !PutPath(program.Context, 0) || !PutPath(program.Context, 1))
            {
                break;
            }

            // It comes as the call begins: a call that would wait for ever ends with EINTR.
            thread.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGUSR2), thread);
            yield return program.Call((ulong)call.Number, arguments);
            if (program.Error == Errno.None && program.Result is > 0 and < 100_000 && _results.Count < 1000)
            {
                _results.Add((ulong)program.Result);
            }
        }

        yield return program.Call(231, 0);
    }

    /// <summary>What a clone does: it ends.</summary>
    public static IEnumerable<UserExit> End(UserProgram program)
    {
        yield return program.Call(60, 0);
    }

    private static IEnumerable<UserExit> Nothing(UserProgram program)
    {
        yield return program.Call(39);
    }

    private ulong Argument(SyscallParameter parameter)
    {
        if (_random.Next(12) == 0)
        {
            return _random.Next(2) == 0 ? Number() : Address();
        }

        return parameter.Kind switch
        {
            SyscallParameterKind.Address when parameter.Name.EndsWith("path", StringComparison.OrdinalIgnoreCase) || parameter.Name is "name" or "target" or "type" =>
                Paths + (ulong)(_random.Next(2) * PathBytes),
            SyscallParameterKind.Address => Address(),
            _ when parameter.Name.EndsWith("fd", StringComparison.OrdinalIgnoreCase) => (ulong)_random.Next(24),
            _ when parameter.Name is "directory" or "oldDirectory" or "newDirectory" => _random.Next(4) == 0 ? (ulong)_random.Next(24) : unchecked((ulong)-100L),
            _ when parameter.Name is "length" or "size" or "count" && _random.Next(3) != 0 => (ulong)_random.Next(1, 300),
            _ when parameter.Name is "setSize" or "maskSize" => 8,
            _ when parameter.Name is "processId" or "threadId" => _random.Next(3) == 0 ? Number() : 0,
            SyscallParameterKind.Enumeration when parameter.Names is { Members.Length: > 0 } names => Constant(names),
            _ => Number(),
        };
    }

    private ulong Constant(EnumerationNames names)
    {
        ulong value = names.Members[_random.Next(names.Members.Length)].Value;
        for (int more = names.IsFlags ? _random.Next(4) : 0; more > 0; more--)
        {
            value |= names.Members[_random.Next(names.Members.Length)].Value;
        }

        return value;
    }

    private ulong Number() => _random.Next(4) switch
    {
        0 when _results.Count > 0 => _results[_random.Next(_results.Count)],
        1 => (ulong)_random.Next(16),
        2 => 1UL << _random.Next(64),
        _ => s_numbers[_random.Next(s_numbers.Length)],
    };

    private ulong Address() => _random.Next(8) == 0 ? s_addresses[_random.Next(s_addresses.Length)] : Area + (ulong)(_random.Next(AreaBytes / 8) * 8);

    /// <summary>Puts paths, numbers and pointers into the memory that arguments point to; false: it is gone.</summary>
    private bool Scribble(SimulatedUserContext context)
    {
        for (int times = _random.Next(4); times >= 0; times--)
        {
            var at = new UserAddress(Area + (ulong)(_random.Next(AreaBytes / 8 - 64) * 8));
            byte[] bytes;
            if (_random.Next(3) == 0)
            {
                bytes = [.. Encoding.Latin1.GetBytes(s_paths[_random.Next(s_paths.Length)]), 0];
            }
            else
            {
                var words = new ulong[_random.Next(1, 16)];
                for (int i = 0; i < words.Length; i++)
                {
                    words[i] = _random.Next(3) == 0 ? Address() : Number() | (_random.Next(2) == 0 ? Number() << 32 : 0);
                }

                bytes = MemoryMarshal.AsBytes(words.AsSpan()).ToArray();
            }

            if (!context.Store(at, bytes))
            {
                return false;
            }
        }

        return true;
    }

    private bool PutPath(SimulatedUserContext context, int place) =>
        context.Store(new UserAddress(Paths + (ulong)(place * PathBytes)), [.. Encoding.Latin1.GetBytes(s_paths[_random.Next(s_paths.Length)]), 0]);

    private void Note(SyscallInfo call, ulong[] arguments)
    {
        lock (_last)
        {
            _last.Enqueue($"{Made}: {call.Name}({string.Join(", ", arguments.Take(call.Parameters.Length).Select(argument => $"0x{argument:x}"))})");
            if (_last.Count > 12)
            {
                _last.Dequeue();
            }
        }
    }

    /// <summary>struct kernel_sigaction.</summary>
    private readonly record struct KernelAction(ulong Handler, ulong Flags, ulong Restorer, ulong Mask);
}
