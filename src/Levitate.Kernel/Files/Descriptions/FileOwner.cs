using System;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files;

/// <summary>What the owner of a file is (F_SETOWN_EX).</summary>
internal enum FileOwnerType
{
    F_OWNER_TID = 0,
    F_OWNER_PID = 1,
    F_OWNER_PGRP = 2,
}

/// <summary>struct f_owner_ex: who is told by a signal that a file is ready. ID 0: nobody.</summary>
/// <remarks>Linux: fcntl(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FileOwnerName(FileOwnerType Type, int Id);

/// <summary>
/// Signals that tell of a file's readiness (O_ASYNC, F_SETOWN, F_SETSIG). It is on the file's wait queues like a poller; as
/// a wake-up may come under any lock, the timers' thread sends the signal.
/// </summary>
/// <remarks>Linux: fcntl(2) "Managing signals", signal(7).</remarks>
internal sealed class FileOwner : KernelTimer
{
    private const int ReadSide = 1, WriteSide = 2;

    private readonly FileDescription _file;
    private readonly Watch _reads;
    private readonly Watch _writes;

    /// <summary>Guards whether the watches are on queues.</summary>
    private KernelLock _lock = new(LockOrder.FileOwner);
    private TimerQueue? _timers;
    private Target? _target;
    private int _signal;
    private int _descriptor;
    private int _woken;

    /// <summary>For a file that nobody owns.</summary>
    public FileOwner(FileDescription file)
    {
        _file = file;
        _reads = new Watch(this, ReadSide);
        _writes = new Watch(this, WriteSide);
    }

    /// <summary>Who is told.</summary>
    public FileOwnerName Name => Volatile.Read(ref _target)?.Name ?? new FileOwnerName(FileOwnerType.F_OWNER_PID, 0);

    /// <summary>By which signal; 0: SIGIO, without saying which file.</summary>
    public int Signal
    {
        get => Volatile.Read(ref _signal);
        set => Volatile.Write(ref _signal, value);
    }

    /// <summary>Sets who is told. The caller's identity counts when it is (F_SETOWN).</summary>
    /// <returns>ESRCH for no such thread, process or group; EINVAL for an unknown type.</returns>
    public Errno SetName(UserThread caller, FileOwnerName name)
    {
        if (name.Type is < FileOwnerType.F_OWNER_TID or > FileOwnerType.F_OWNER_PGRP)
        {
            return Errno.EINVAL;
        }

        if (name.Id != 0 && !Exists(caller.Kernel.Processes, name))
        {
            return Errno.ESRCH;
        }

        Credentials identity = caller.Credentials;
        Volatile.Write(ref _target, name.Id == 0 ? null : new Target(caller.Kernel.Processes, name, identity.RealUserId, identity.EffectiveUserId));
        return Errno.None;
    }

    /// <summary>Begins to tell; ENOMEM.</summary>
    public Errno Begin(UserThread caller, int descriptor)
    {
        // The first timer starts the thread, which may fail; a wake-up later may not.
        TimerQueue timers = caller.Kernel.Timers;
        if (!timers.Set(this, long.MaxValue))
        {
            return Errno.ENOMEM;
        }

        timers.Cancel(this);
        using (_lock.Enter())
        {
            _timers = timers;
            _descriptor = descriptor;
            if (_reads.Queue is null && _writes.Queue is null)
            {
                WaitQueue? reads = _file.ReadQueue, writes = _file.WriteQueue;
                _reads.Sides = ReadSide | (reads == writes ? WriteSide : 0);
                reads?.Add(_reads);
                (reads == writes ? null : writes)?.Add(_writes);
            }
        }

        return Errno.None;
    }

    /// <summary>Tells no more.</summary>
    public void End()
    {
        using (_lock.Enter())
        {
            _reads.Queue?.Remove(_reads, passOn: false);
            _writes.Queue?.Remove(_writes, passOn: false);
        }

        _timers?.Cancel(this);
    }

    /// <inheritdoc/>
    protected internal override void OnFire()
    {
        int sides = Interlocked.Exchange(ref _woken, 0);
        if (Volatile.Read(ref _target) is not { } target || !_file.TryAcquire())
        {
            return;
        }

        PollEvents ready = _file.Readiness;
        if ((sides & ReadSide) != 0 && (ready & (PollEvents.POLLIN | PollEvents.POLLHUP)) != 0)
        {
            target.Send(Signal, SignalCode.POLL_IN, PollEvents.Readable, _descriptor);
        }

        if ((sides & WriteSide) != 0 && (ready & (PollEvents.POLLOUT | PollEvents.POLLERR)) != 0)
        {
            target.Send(Signal, SignalCode.POLL_OUT, PollEvents.Writable | PollEvents.POLLWRBAND, _descriptor);
        }

        _file.Release();
    }

    private static bool Exists(ProcessTable table, FileOwnerName name)
    {
        if (name.Type != FileOwnerType.F_OWNER_PGRP)
        {
            return table.FindByAnyId(name.Id) is not null;
        }

        using (table.Families.EnterAll())
        {
            return table.MembersOf(name.Id).Count > 0;
        }
    }

    /// <summary>Who is told, and as whom.</summary>
    private sealed record Target(ProcessTable Table, FileOwnerName Name, uint RealUserId, uint EffectiveUserId)
    {
        public void Send(int signal, int code, PollEvents band, int descriptor)
        {
            if (Name.Type == FileOwnerType.F_OWNER_PGRP)
            {
                using (Table.Families.EnterAll())
                {
                    foreach (Process member in Table.MembersOf(Name.Id))
                    {
                        Send(member, null, signal, code, band, descriptor);
                    }
                }

                return;
            }

            UserThread? thread = Name.Type == FileOwnerType.F_OWNER_TID ? Table.FindThread(Name.Id) : null;
            if ((thread?.Process ?? Table.FindByAnyId(Name.Id)) is { } process && (thread is not null || Name.Type == FileOwnerType.F_OWNER_PID))
            {
                Send(process, thread, signal, code, band, descriptor);
            }
        }

        private void Send(Process process, UserThread? thread, int signal, int code, PollEvents band, int descriptor)
        {
            Credentials receiver = thread?.Credentials ?? process.Credentials;
            bool isAllowed = EffectiveUserId == 0
                || EffectiveUserId == receiver.SavedUserId || EffectiveUserId == receiver.RealUserId
                || RealUserId == receiver.SavedUserId || RealUserId == receiver.RealUserId;
            if (!isAllowed)
            {
                return;
            }

            // Where the queue is full, the plain signal tells at least that there was something.
            var info = new SignalInfo { Signal = signal, Code = code, Field0 = (ulong)(ushort)band, Field1 = (uint)descriptor };
            if (signal == 0 || process.Signals.Send(info, thread) != Errno.None)
            {
                process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGIO), thread);
            }
        }
    }

    /// <summary>A place on one of the file's queues.</summary>
    private sealed class Watch(FileOwner owner, int sides) : WaitEntry
    {
        public int Sides { get; set; } = sides;

        internal override bool OnWake()
        {
            IsSignaled = false;
            Interlocked.Or(ref owner._woken, Sides);
            owner._timers!.Set(owner, 0);
            return true;
        }
    }
}
