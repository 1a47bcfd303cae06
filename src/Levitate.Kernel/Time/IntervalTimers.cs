using System.Threading;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Time
{
    /// <summary>
    /// ITIMER_REAL: sends SIGALRM. With a period it then rests until the signal is taken, as on Linux: so the shortest
    /// period costs no more than the program takes signals, and none where it ignores them.
    /// </summary>
    internal sealed class RealTimer(Processes.Process process) : KernelTimer
    {
        /// <summary>The period in nanoseconds; 0: once.</summary>
        internal long Interval { get; set; }

        /// <summary>Arms a periodic timer that has fired for the next multiple of its period.</summary>
        internal void Resume()
        {
            long interval = Interval;
            if (interval > 0 && Index < 0)
            {
                long missed = System.Math.Max(process.Machine.Clock.MonotonicNanoseconds - Deadline, 0) / interval;
                process.Kernel.Timers.Set(this, SaturatingTime.Add(Deadline, SaturatingTime.Multiply(missed + 1, interval)));
            }
        }

        /// <inheritdoc/>
        protected internal override void OnFire() => process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGALRM));
    }

    /// <summary>A timer that counts CPU time: looked at on the ticks of the process's threads.</summary>
    internal struct CpuTimer
    {
        /// <summary>The CPU time at which it fires; 0: not armed.</summary>
        internal long Deadline;

        /// <summary>The period in nanoseconds; 0: once.</summary>
        internal long Interval;

        /// <summary>Whether it fires now; it is then armed for its next time.</summary>
        internal bool Check(long now)
        {
            if (Deadline == 0 || now < Deadline)
            {
                return false;
            }

            Deadline = Interval == 0 ? 0 : SaturatingTime.Add(now, Interval);
            return true;
        }
    }
}

namespace Levitate.Kernel.Processes
{
    /// <content>The interval timers of getitimer(2), and RLIMIT_CPU.</content>
    public sealed partial class Process
    {
        private const long NanosecondsPerSecond = 1_000_000_000;

        private RealTimer? _realTimer;
        private PosixTimers? _posixTimers;
        private CpuTimers? _cpuTimers;
        private CpuTimer _virtualTimer;
        private CpuTimer _profilingTimer;
        private long _cpuWarning;

        /// <summary>The timers of timer_create.</summary>
        internal PosixTimers PosixTimers => _posixTimers ?? LazyInitializer.EnsureInitialized(ref _posixTimers, static () => new PosixTimers());

        /// <summary>The timers by its CPU time, or by one of its threads', whosever they are.</summary>
        internal CpuTimers CpuTimers => _cpuTimers ?? LazyInitializer.EnsureInitialized(ref _cpuTimers, static () => new CpuTimers());

        /// <summary>Those timers; null where there never was one.</summary>
        internal PosixTimers? PosixTimersIfAny => Volatile.Read(ref _posixTimers);

        /// <summary>ITIMER_REAL.</summary>
        internal RealTimer RealTimer => _realTimer ?? CreateRealTimer();

        /// <summary>Whether ticks matter: a CPU timer is armed or CPU time limited.</summary>
        internal bool HasCpuTimers => _virtualTimer.Deadline != 0 || _profilingTimer.Deadline != 0
            || Volatile.Read(ref _cpuTimers) is { IsEmpty: false }
            || Limits[ResourceLimitKind.RLIMIT_CPU].Soft != ResourceLimits.Infinity;

        /// <summary>ITIMER_VIRTUAL (false) or ITIMER_PROF (true): the CPU time that it counts, what is left of it and its period.</summary>
        internal (long Remaining, long Interval) GetCpuTimer(bool isProfiling)
        {
            using (StateLock.Enter())
            {
                CpuTimer timer = isProfiling ? _profilingTimer : _virtualTimer;
                return timer.Deadline == 0 ? (0, 0) : (System.Math.Max(timer.Deadline - CountedTime(isProfiling), 1), timer.Interval);
            }
        }

        /// <summary>Arms a CPU timer, or disarms it with 0.</summary>
        internal void SetCpuTimer(bool isProfiling, long remaining, long interval)
        {
            using (StateLock.Enter())
            {
                var timer = new CpuTimer { Deadline = remaining == 0 ? 0 : SaturatingTime.Add(CountedTime(isProfiling), remaining), Interval = interval };
                if (isProfiling)
                {
                    _profilingTimer = timer;
                }
                else
                {
                    _virtualTimer = timer;
                }
            }
        }

        /// <summary>On a tick.</summary>
        internal void CheckCpuTimers()
        {
            bool fireVirtual, fireProfiling;
            using (StateLock.Enter())
            {
                fireVirtual = _virtualTimer.Check(CountedTime(isProfiling: false));
                fireProfiling = _profilingTimer.Check(CountedTime(isProfiling: true));
            }

            if (fireVirtual)
            {
                Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGVTALRM));
            }

            if (fireProfiling)
            {
                Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGPROF));
            }

            Volatile.Read(ref _cpuTimers)?.Check();
            CheckCpuLimit();
        }

        /// <summary>SIGXCPU at the soft limit and then every second; SIGKILL at the hard one.</summary>
        private void CheckCpuLimit()
        {
            ResourceLimit limit = Limits[ResourceLimitKind.RLIMIT_CPU];
            if (limit.Soft == ResourceLimits.Infinity)
            {
                return;
            }

            long seconds = Times.Total / NanosecondsPerSecond;
            if ((ulong)seconds >= limit.Hard)
            {
                BeginExit(WaitStatus.Killed(SignalNumber.SIGKILL, dumpsCore: false));
            }
            else if ((ulong)seconds >= limit.Soft && seconds > _cpuWarning)
            {
                _cpuWarning = seconds;
                Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGXCPU));
            }
        }

        /// <summary>A signal was taken: with SIGALRM the interval timer goes on, with its signal a POSIX timer. <see cref="StateLock"/> is held.</summary>
        internal void NoteTaken(ref SignalInfo info)
        {
            if (info.IsOfTimer)
            {
                info.IsOfTimer = false;
                PosixTimersIfAny?.NoteTaken(ref info);
            }
            else if (info.Signal == SignalNumber.SIGALRM && !IsExiting)
            {
                _realTimer?.Resume();
            }
        }

        private void CancelTimers()
        {
            PosixTimersIfAny?.Clear();
            if (_realTimer is not null)
            {
                Kernel.Timers.Cancel(_realTimer);
            }
        }

        private RealTimer CreateRealTimer()
        {
            using (StateLock.Enter())
            {
                return _realTimer ??= new RealTimer(this);
            }
        }

        private long CountedTime(bool isProfiling)
        {
            ProcessTimes times = Times;
            return isProfiling ? times.Total : times.User;
        }
    }
}
