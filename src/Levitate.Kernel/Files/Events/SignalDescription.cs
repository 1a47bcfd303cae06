using System;
using System.Buffers.Binary;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Files.Events;

/// <summary>Signals that are read from a file instead of running handlers: those of whoever reads it.</summary>
/// <remarks>Linux: signalfd(2).</remarks>
internal sealed class SignalDescription(Location location, OpenFlags flags, ulong mask) : FileDescription(location, flags)
{
    /// <summary>sizeof(struct signalfd_siginfo).</summary>
    private const int RecordSize = 128;

    private ulong _mask = mask;

    /// <summary>The signals that are read here.</summary>
    public ulong Mask
    {
        get => Volatile.Read(ref _mask);
        set => Volatile.Write(ref _mask, value);
    }

    /// <inheritdoc/>
    public override PollEvents Readiness => PollEvents.None;

    /// <inheritdoc/>
    public override PollEvents GetReadiness(UserThread caller) =>
        caller.Process.Signals.HasAny(caller, Mask) ? PollEvents.POLLIN : PollEvents.None;

    /// <inheritdoc/>
    public override WaitQueue? GetReadQueue(UserThread caller) => caller.Process.Signals.Arrived;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null || cursor.Remaining < RecordSize)
        {
            return Errno.EINVAL;
        }

        if (!Take(caller).TryGet(out SignalInfo info, out Errno error))
        {
            return error;
        }

        Span<byte> record = stackalloc byte[RecordSize];
        do
        {
            Describe(info, record);
            if (cursor.Put(record) < RecordSize)
            {
                break;
            }
        }
        while (cursor.Remaining >= RecordSize && caller.Process.Signals.TryTakeAny(caller, Mask, out info));
        return cursor.Result;
    }

    /// <inheritdoc/>
    internal override void WriteDetails(ProcText text) => text.AddLine($"sigmask:\t{Mask:x16}");

    private Result<SignalInfo> Take(UserThread caller)
    {
        ProcessSignals signals = caller.Process.Signals;
        if (signals.TryTakeAny(caller, Mask, out SignalInfo info))
        {
            return info;
        }

        using var wait = new WaitScope(caller);
        wait.Add(signals.Arrived);
        while (!signals.TryTakeAny(caller, Mask, out info))
        {
            Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return info;
    }

    /// <summary>struct signalfd_siginfo: the union's members, each in a place of its own.</summary>
    private static void Describe(in SignalInfo info, Span<byte> record)
    {
        record.Clear();
        Put(record, 0, (uint)info.Signal);
        Put(record, 4, (uint)info.Errno);
        Put(record, 8, (uint)info.Code);
        uint low = (uint)info.Field0, high = (uint)(info.Field0 >> 32);
        if (info.Code == SignalCode.SI_TIMER)
        {
            Put(record, 24, low);
            Put(record, 32, high);
            PutValue(record, info.Field1);
        }
        else if (info.Code is > 0 and < SignalCode.SI_KERNEL && info.Signal is SignalNumber.SIGILL or SignalNumber.SIGFPE or SignalNumber.SIGSEGV or SignalNumber.SIGBUS or SignalNumber.SIGTRAP)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(record[72..], info.Field0);
        }
        else
        {
            Put(record, 12, low);
            Put(record, 16, high);
            if (info.Code is > 0 and < SignalCode.SI_KERNEL)
            {
                Put(record, 40, (uint)info.Field1);
                BinaryPrimitives.WriteUInt64LittleEndian(record[56..], info.Field2);
                BinaryPrimitives.WriteUInt64LittleEndian(record[64..], info.Field3);
            }
            else if (info.Code < 0)
            {
                PutValue(record, info.Field1);
            }
        }
    }

    private static void PutValue(Span<byte> record, ulong value)
    {
        Put(record, 44, (uint)value);
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], value);
    }

    private static void Put(Span<byte> record, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(record[offset..], value);
}
