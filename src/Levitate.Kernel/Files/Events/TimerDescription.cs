using System;
using System.Buffers.Binary;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Files.Events;

/// <summary>A timer whose expirations are read from a file.</summary>
/// <remarks>Linux: timerfd_create(2).</remarks>
internal sealed class TimerDescription : FileDescription
{
    private readonly ClockId _clock;
    private readonly FileTimer _timer;

    /// <summary>A timer that is not armed.</summary>
    public TimerDescription(KernelSystem kernel, Location location, OpenFlags flags, ClockId clock)
        : base(location, flags)
    {
        _clock = clock;
        _timer = new FileTimer(kernel, clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_ALARM);
    }

    /// <inheritdoc/>
    public override PollEvents Readiness => _timer.IsReadable ? PollEvents.POLLIN : PollEvents.None;

    /// <inheritdoc/>
    public override WaitQueue ReadQueue => _timer.Expired;

    /// <summary>Arms or disarms; see <see cref="ClockTimer.Set"/>.</summary>
    /// <returns>ECANCELED where the clock was set since the timer was made or this was last told; ENOMEM.</returns>
    public Errno Set(long value, long period, bool isAbsolute, bool endsWhenClockIsSet) => _timer.Set(value, period, isAbsolute, endsWhenClockIsSet);

    /// <summary>What is left, and the period.</summary>
    public (long Remaining, long Period) Get() => _timer.Look();

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null || cursor.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        using var wait = new WaitScope(caller);
        wait.Add(_timer.Expired);
        long count;
        while ((count = _timer.Take()) == 0)
        {
            Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (count < 0)
        {
            return Errno.ECANCELED;
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, count);
        return cursor.Put(bytes) == bytes.Length ? cursor.Result : Errno.EFAULT;
    }

    /// <inheritdoc/>
    internal override void WriteDetails(ProcText text)
    {
        (long count, long remaining, long period, TimerFlags flags) = _timer.Describe();
        text.AddLine($"clockid: {(int)_clock}").AddLine($"ticks: {count}").AddLine($"settime flags: 0{Convert.ToString((int)flags, 8)}");
        text.AddLine($"it_value: {Pair(remaining)}").AddLine($"it_interval: {Pair(period)}");

        static string Pair(long nanoseconds) => $"({nanoseconds / 1_000_000_000}, {nanoseconds % 1_000_000_000})";
    }

    /// <inheritdoc/>
    protected override void OnClosed() => _timer.Close();

    private sealed class FileTimer(KernelSystem kernel, bool isRealTime) : ClockTimer(kernel, isRealTime)
    {
        /// <summary>Stands for "the clock was set" in the place of a count.</summary>
        private const long Canceled = -1;

        /// <summary>Guards the fields below. Order: before the timer's own.</summary>
        private KernelLock _countLock = new(LockOrder.TimerDescription);
        private long _count;
        private TimerFlags _flags;
        private bool _endsWhenClockIsSet;
        private long _clockOffset = kernel.RealClock.BootNanoseconds;

        public WaitQueue Expired { get; } = new();

        public bool IsReadable
        {
            get
            {
                using (_countLock.Enter())
                {
                    return _count > 0 || HasFired || WasClockSet;
                }
            }
        }

        private bool WasClockSet => _endsWhenClockIsSet && _clockOffset != RealClock.BootNanoseconds;

        public Errno Set(long value, long period, bool isAbsolute, bool endsWhenClockIsSet)
        {
            using (_countLock.Enter())
            {
                _endsWhenClockIsSet = IsRealTime && isAbsolute && endsWhenClockIsSet;
                _count = 0;
                _flags = (isAbsolute ? TimerFlags.TFD_TIMER_ABSTIME : TimerFlags.None) | (endsWhenClockIsSet ? TimerFlags.TFD_TIMER_CANCEL_ON_SET : TimerFlags.None);
                if (!Set(value, period, isAbsolute))
                {
                    return Errno.ENOMEM;
                }

                return value != 0 && TellClockSet() ? Errno.ECANCELED : Errno.None;
            }
        }

        public (long Remaining, long Period) Look()
        {
            using (_countLock.Enter())
            {
                _count += Collect();
                return Get();
            }
        }

        /// <summary>The expirations that were not read, what is left, the period, and how it was set.</summary>
        public (long Count, long Remaining, long Period, TimerFlags Flags) Describe()
        {
            using (_countLock.Enter())
            {
                _count += Collect();
                (long remaining, long period) = Get();
                return (_count, remaining, period, _flags);
            }
        }

        /// <summary>The expirations since the last call, or <see cref="Canceled"/>.</summary>
        public long Take()
        {
            using (_countLock.Enter())
            {
                _count += Collect();
                long count = TellClockSet() ? Canceled : _count;
                _count = 0;
                return count;
            }
        }

        protected override void OnExpired() => Expired.WakeAll();

        protected override void OnClockSet() => Expired.WakeAll();


        private bool TellClockSet()
        {
            bool wasSet = WasClockSet;
            _clockOffset = wasSet ? RealClock.BootNanoseconds : _clockOffset;
            return wasSet;
        }
    }
}
