using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>An open terminal.</summary>
internal sealed class TerminalDescription(Terminal terminal, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    private const long Decisecond = 100_000_000;

    private readonly int _hangUps = terminal.HangUps;

    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    private protected override FileOwnerName DefaultOwner(UserThread caller) => terminal.ForegroundGroup > 0
        ? new FileOwnerName(FileOwnerType.F_OWNER_PGRP, terminal.ForegroundGroup)
        : new FileOwnerName(FileOwnerType.F_OWNER_PID, caller.Process.ProcessId);

    /// <inheritdoc/>
    public override PollEvents Readiness => IsHungUp
        ? PollEvents.Readable | PollEvents.Writable | PollEvents.POLLERR | PollEvents.POLLHUP
        : terminal.Readiness;

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => terminal.Changed;

    /// <inheritdoc/>
    public override WaitQueue? WriteQueue => terminal.Changed;

    /// <summary>Whether the terminal was hung up since this was opened: reads see the end of file, all else is EIO.</summary>
    private bool IsHungUp => terminal.HangUps != _hangUps;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null || cursor.Remaining == 0)
        {
            return caller is null ? Errno.EINVAL : 0;
        }

        Errno error = IsHungUp ? Errno.None : JobControl.Check(terminal, caller, SignalNumber.SIGTTIN);
        if (error != Errno.None)
        {
            return error;
        }

        using var wait = new WaitScope(caller);
        wait.Add(terminal.Changed);
        TerminalSettings settings = terminal.Settings;
        return settings.Has(TerminalLocalFlags.ICANON) ? ReadLine(ref cursor, wait) : ReadBytes(caller, ref cursor, wait, settings);
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (caller is null)
        {
            return Errno.EINVAL;
        }

        Errno error = terminal.Settings.Has(TerminalLocalFlags.TOSTOP) ? JobControl.Check(terminal, caller, SignalNumber.SIGTTOU) : Errno.None;
        if (error != Errno.None)
        {
            return error;
        }

        Span<byte> buffer = stackalloc byte[1024];
        using var wait = new WaitScope(caller);
        wait.Add(terminal.Changed);
        while (!cursor.IsFinished)
        {
            if (IsHungUp)
            {
                return cursor.Done > 0 ? cursor.Done : Errno.EIO;
            }

            int count = cursor.Take(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)]);
            int written = terminal.TryWrite(buffer[..count]);
            while (written < count)
            {
                error = IsHungUp ? Errno.EIO : IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
                if (error != Errno.None)
                {
                    cursor.GiveBack(count - written);
                    return cursor.Done > 0 ? cursor.Done : error;
                }

                written += terminal.TryWrite(buffer[written..count]);
            }
        }

        return cursor.Result;
    }

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument) =>
        IsHungUp ? (request == IoctlNumber.TIOCSPGRP ? Errno.ENOTTY : Errno.EIO) : TerminalControl.Execute(terminal, caller, request, new UserAddress(argument), isMaster: false);

    /// <inheritdoc/>
    protected override void OnClosed() => terminal.Close();

    /// <summary>Canonical mode: a line, or as much of it as is wanted.</summary>
    private Result<long> ReadLine(ref IoCursor cursor, WaitScope wait)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            if (IsHungUp)
            {
                return 0;
            }

            bool isHungUp = terminal.IsHungUp;
            int count = terminal.TryRead(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)], out bool isReady);
            if (isReady || isHungUp)
            {
                _ = cursor.Put(buffer[..count]);
                return cursor.Result;
            }

            Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>Non-canonical mode: VMIN bytes, or what came within VTIME.</summary>
    private Result<long> ReadBytes(UserThread caller, ref IoCursor cursor, WaitScope wait, in TerminalSettings settings)
    {
        IClock clock = caller.Process.Machine.Clock;
        int minimum = settings[ControlCharacter.VMIN];
        long time = settings[ControlCharacter.VTIME] * Decisecond;
        long wanted = Math.Min(cursor.Remaining, Math.Max(minimum, 1));
        bool neverWaits = minimum == 0 && time == 0;
        long deadline = minimum == 0 && time > 0 ? clock.MonotonicNanoseconds + time : ThreadParker.NoDeadline;
        Span<byte> buffer = stackalloc byte[256];
        while (true)
        {
            if (IsHungUp)
            {
                return cursor.Done;
            }

            bool isHungUp = terminal.IsHungUp;
            int count;
            while (!cursor.IsFinished && (count = terminal.TryRead(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)], out _)) > 0)
            {
                _ = cursor.Put(buffer[..count]);
                deadline = minimum > 0 && time > 0 ? clock.MonotonicNanoseconds + time : deadline;
            }

            if (cursor.Done >= wanted || cursor.HasFaulted || isHungUp || neverWaits)
            {
                return cursor.Result;
            }

            Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep(deadline);
            if (error != Errno.None)
            {
                return cursor.Done > 0 || error == Errno.ETIMEDOUT ? cursor.Done : error;
            }
        }
    }
}
