using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.Processes;

/// <summary>
/// A program for a simulated context, written as an iterator that yields why it leaves user mode. It does what a real one
/// does about signals: a handler that the kernel enters by rip runs, returns through its restorer into rt_sigreturn, and
/// an interrupted call that is restarted (rip moved back) is made again.
/// </summary>
internal sealed class UserProgram(Func<UserProgram, IEnumerable<UserExit>> main)
{
    /// <summary>Where the one system call instruction is.</summary>
    public const ulong SyscallAddress = 0x40_1000;

    private const ulong SyscallLength = 2;

    /// <summary>Where handlers return to.</summary>
    public const ulong Restorer = 0x40_2000;

    private readonly Dictionary<ulong, Func<UserProgram, IEnumerable<UserExit>>> _handlers = [];
    private readonly Stack<IEnumerator<UserExit>> _running = new();
    private ulong _nextAddress = 0x40_3000;
    private bool _hasStarted;

    /// <summary>The context that it runs in.</summary>
    public SimulatedUserContext Context { get; private set; } = null!;

    /// <summary>What the last call left in rax.</summary>
    public long Result => (long)Context.Registers.Rax;

    /// <summary>The last call's error.</summary>
    public Errno Error => Result is < 0 and > -4096 ? (Errno)(-Result) : Errno.None;

    /// <summary>Gives a handler an address.</summary>
    public ulong Handler(Func<UserProgram, IEnumerable<UserExit>> body)
    {
        _nextAddress += 0x100;
        _handlers.Add(_nextAddress, body);
        return _nextAddress;
    }

    /// <summary>A system call.</summary>
    public UserExit Call(ulong number, params ReadOnlySpan<ulong> arguments)
    {
        Context.Registers.Rip = SyscallAddress + SyscallLength;
        return Context.Syscall(number, arguments);
    }

    /// <summary>A fault of the processor's.</summary>
    public UserExit Fault(ulong vector, ulong address = 0, ulong errorCode = 4)
    {
        Context.Registers.TrapNumber = vector;
        Context.Registers.FaultAddress = address;
        Context.Registers.ErrorCode = errorCode;
        return UserExit.Fault;
    }

    /// <summary>Stores a structure in memory that is there.</summary>
    public void Store<T>(ulong address, in T value)
        where T : unmanaged
    {
        if (!Context.Store(new UserAddress(address), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value))))
        {
            throw new InvalidOperationException($"0x{address:x} is not there");
        }
    }

    /// <summary>Loads a structure from memory that is there.</summary>
    public T Load<T>(ulong address)
        where T : unmanaged
    {
        T value = default;
        if (!Context.Load(new UserAddress(address), MemoryMarshal.AsBytes(new Span<T>(ref value))))
        {
            throw new InvalidOperationException($"0x{address:x} is not there");
        }

        return value;
    }

    /// <summary>The script of a context.</summary>
    public UserExit Run(SimulatedUserContext context)
    {
        Context = context;
        if (!_hasStarted)
        {
            _hasStarted = true;
            _running.Push(main(this).GetEnumerator());
        }

        ulong rip = context.Registers.Rip;
        if (rip == SyscallAddress)
        {
            context.Registers.Rip += SyscallLength;
            return UserExit.Syscall;
        }

        if (_handlers.TryGetValue(rip, out Func<UserProgram, IEnumerable<UserExit>>? handler))
        {
            context.Registers.Rip = SyscallAddress + 0x80;
            _running.Push(Body(handler).GetEnumerator());
        }

        while (_running.TryPeek(out IEnumerator<UserExit>? body))
        {
            if (body.MoveNext())
            {
                return body.Current;
            }

            _running.Pop();
        }

        throw new InvalidOperationException("the program has run off its end");
    }

    private IEnumerable<UserExit> Body(Func<UserProgram, IEnumerable<UserExit>> handler)
    {
        foreach (UserExit exit in handler(this))
        {
            yield return exit;
        }

        // ret into the restorer, which calls rt_sigreturn. What comes next belongs to the interrupted code.
        ulong restorer = Load<ulong>(Context.Registers.Rsp);
        if (restorer != Restorer)
        {
            throw new InvalidOperationException($"the handler returns to 0x{restorer:x}");
        }

        Context.Registers.Rsp += 8;
        yield return Call(15);
    }
}
