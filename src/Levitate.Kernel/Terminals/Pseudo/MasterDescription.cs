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

/// <summary>The master of a pseudo-terminal.</summary>
internal sealed class MasterDescription(PseudoTerminal terminal, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    public override PollEvents Readiness => terminal.MasterReadiness;

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => terminal.MasterChanged;

    /// <inheritdoc/>
    public override WaitQueue? WriteQueue => terminal.MasterChanged;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null || cursor.Remaining == 0)
        {
            return caller is null ? Errno.EINVAL : 0;
        }

        Span<byte> buffer = stackalloc byte[4096];
        using var wait = new WaitScope(caller);
        wait.Add(terminal.MasterChanged);
        while (true)
        {
            if (terminal.TakeShown(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)]).TryGet(out int count, out Errno error))
            {
                _ = cursor.Put(buffer[..count]);
                return cursor.Result;
            }

            error = error == Errno.EAGAIN && !IsNonBlocking ? wait.Sleep() : error;
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (caller is null)
        {
            return Errno.EINVAL;
        }

        Span<byte> buffer = stackalloc byte[1024];
        using var wait = new WaitScope(caller);
        wait.Add(terminal.MasterChanged);
        while (!cursor.IsFinished)
        {
            int count = cursor.Take(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)]);
            int written = terminal.Type(buffer[..count]);
            while (written < count)
            {
                Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
                if (error != Errno.None)
                {
                    cursor.GiveBack(count - written);
                    return cursor.Done > 0 ? cursor.Done : error;
                }

                written += terminal.Type(buffer[written..count]);
            }
        }

        return cursor.Result;
    }

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument)
    {
        var address = new UserAddress(argument);
        switch (request)
        {
            case IoctlNumber.TIOCGPTN:
                return caller.Memory.Write(address, terminal.Number);
            case IoctlNumber.TIOCGPTLCK:
                return caller.Memory.Write(address, terminal.IsLocked ? 1 : 0);
            case IoctlNumber.TIOCGPKT:
                return caller.Memory.Write(address, terminal.IsPacketMode ? 1 : 0);
            case IoctlNumber.TIOCSPTLCK or IoctlNumber.TIOCPKT:
                return SetMode(caller, request, address);
            case IoctlNumber.FIONREAD:
                return caller.Memory.Write(address, terminal.ShownBytes);
            case IoctlNumber.TIOCSIG:
                return SendSignal(caller, argument);
            case IoctlNumber.TIOCGPTPEER:
                return OpenPeer(caller, (OpenFlags)(uint)argument);
            case IoctlNumber.TCFLSH:
                return Flush(argument);
            case IoctlNumber.TIOCGDEV:
                return caller.Memory.Write(address, (uint)new DeviceNumber(5, 2).Value);
            default:
                return TerminalControl.Execute(terminal.Terminal, caller, request, address, isMaster: true);
        }
    }

    /// <inheritdoc/>
    protected override void OnClosed() => terminal.CloseMaster();

    private SyscallResult SetMode(UserThread caller, uint request, UserAddress address)
    {
        if (!caller.Memory.Read<int>(address).TryGet(out int value, out Errno error))
        {
            return error;
        }

        if (request == IoctlNumber.TIOCPKT)
        {
            terminal.IsPacketMode = value != 0;
        }
        else
        {
            terminal.IsLocked = value != 0;
        }

        return SyscallResult.Success;
    }

    private SyscallResult SendSignal(UserThread caller, ulong signal)
    {
        if (signal is 0 or > SignalNumber.Maximum)
        {
            return Errno.EINVAL;
        }

        int group = terminal.Terminal.ForegroundGroup;
        if (group != 0)
        {
            _ = caller.Kernel.Processes.SignalGroup(group, (int)signal);
        }

        return SyscallResult.Success;
    }

    private SyscallResult Flush(ulong queue)
    {
        const ulong TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2;
        if (queue > TCIOFLUSH)
        {
            return Errno.EINVAL;
        }

        if (queue is TCIFLUSH or TCIOFLUSH)
        {
            terminal.FlushShown();
        }

        if (queue is TCOFLUSH or TCIOFLUSH)
        {
            terminal.Terminal.Flush(input: true, output: false);
        }

        return SyscallResult.Success;
    }

    /// <summary>Opens the terminal without its path.</summary>
    private SyscallResult OpenPeer(UserThread caller, OpenFlags peerFlags)
    {
        if (caller.Kernel.Files.PseudoTerminalMount is not { } mount || !terminal.Name.Inode.TryAcquire())
        {
            return Errno.EIO;
        }

        if (!terminal.Terminal.Open(new Location(mount, terminal.Name), peerFlags, caller).TryGet(out FileDescription? opened, out Errno error))
        {
            return error;
        }

        ulong limit = caller.Process.Limits.OpenFiles;
        return caller.Files.Add(opened, (peerFlags & OpenFlags.O_CLOEXEC) != 0, limit).TryGet(out int number, out error) ? number : error;
    }
}
