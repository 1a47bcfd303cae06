using System;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <content>Where the thread runs, and for how long while others wait.</content>
public sealed partial class UserThread
{
    private const long UsualTimerSlack = 50_000;

    private ulong _allowedProcessors = ulong.MaxValue;

    /// <summary>Nanoseconds, and what they are when none are asked for: what the creator had.</summary>
    private (long Present, long Default) _timerSlack = (UsualTimerSlack, UsualTimerSlack);

    /// <summary>The nice value of a thread that is not the leader.</summary>
    private int _nice;

    private IoPriority? _ioPriority;

    /// <summary>A <see cref="SchedulingTerms"/>.</summary>
    private int _scheduling;

    /// <summary>The CPUs that the thread may run on, a bit for each number; of CPUs that are not there too.</summary>
    internal ulong AllowedProcessors => Volatile.Read(ref _allowedProcessors);

    /// <summary>Sets on which CPUs the thread may run. It goes there before it is in user mode again.</summary>
    internal void SetAllowedProcessors(ulong processors)
    {
        Volatile.Write(ref _allowedProcessors, processors);
        ChangeTerms();
    }

    /// <summary>How the thread is scheduled.</summary>
    internal SchedulingTerms Scheduling => SchedulingTerms.FromWord(Volatile.Read(ref _scheduling));

    /// <summary>Sets how the thread is scheduled, from now on.</summary>
    internal void SetScheduling(SchedulingTerms terms)
    {
        Volatile.Write(ref _scheduling, terms.ToWord());
        IMachine machine = Process.Machine;
        Context.SetPriority(terms.Priority, terms.SliceNanoseconds(machine, Nice));
        ChangeTerms();
    }

    /// <summary>The thread's own nice value, -20 to 19. Set it with <see cref="SetNice"/>.</summary>
    /// <remarks>Linux: sched(7), "The nice value": POSIX wants one of the process, Linux has one of each thread.</remarks>
    internal int Nice => ThreadId == Process.ProcessId ? Process.LeaderNice : Volatile.Read(ref _nice);

    /// <summary>Sets the nice value, from now on. Any thread.</summary>
    internal void SetNice(int nice)
    {
        StoreNice(nice);
        ChangeTerms();
    }

    /// <summary>The priority at disks, where one was set for the thread or its creator.</summary>
    internal IoPriority? IoPriority => Volatile.Read(ref _ioPriority);

    /// <summary>Sets <see cref="IoPriority"/>, for those who share it, too. Any thread.</summary>
    internal void SetIoPriority(ushort priority) => LazyInitializer.EnsureInitialized(ref _ioPriority, static () => new IoPriority(0)).Value = priority;

    /// <summary>By how many nanoseconds the thread's time-outs may be late so that several can be served at once (PR_GET_TIMERSLACK). No use is made of it.</summary>
    internal long TimerSlack => _timerSlack.Present;

    /// <summary>Sets <see cref="TimerSlack"/>; 0: to the default. The thread itself.</summary>
    internal void SetTimerSlack(long nanoseconds) => _timerSlack.Present = nanoseconds != 0 ? nanoseconds : _timerSlack.Default;

    /// <summary>A new thread runs where its creator may and as urgently, and is as nice.</summary>
    /// <param name="creator">The creator.</param>
    /// <param name="sharesIoPriority">CLONE_IO.</param>
    internal void InheritTerms(UserThread creator, bool sharesIoPriority)
    {
        IoPriority? priority = creator.IoPriority;
        _ioPriority = sharesIoPriority || priority is null ? priority : new IoPriority(priority.Value);
        _allowedProcessors = creator.AllowedProcessors;
        _timerSlack = (creator.TimerSlack, creator.TimerSlack);
        SchedulingTerms terms = creator.Scheduling;
        _scheduling = terms.Inherited.ToWord();
        StoreNice(!terms.ResetsOnFork ? creator.Nice : terms.IsRealTime ? 0 : Math.Max(creator.Nice, 0));

        // Its kernel thread begins with the terms that the creator's has when it is started, which may be others by then.
        AddOwnWork(ThreadWork.Terms);
    }

    /// <summary>Has the thread look at its CPUs and its nice value. Any thread.</summary>
    internal void ChangeTerms() => AddWork(ThreadWork.Terms);

    /// <summary>
    /// A slice in thousandths of the usual one: each step of nice makes it a quarter longer or shorter (sched(7): by a factor
    /// of 1.25), so that threads which never sleep share a CPU in that proportion. Between a fortieth and ten times.
    /// </summary>
    internal static int SlicePerMille(int nice)
    {
        const int Shortest = 25;
        const int Longest = 10_000;
        int slice = 1000;
        for (int step = 0; step < Math.Abs(nice); step++)
        {
            slice = nice > 0 ? slice * 4 / 5 : slice * 5 / 4;
        }

        return Math.Clamp(slice, Shortest, Longest);
    }

    private void StoreNice(int nice)
    {
        Volatile.Write(ref _nice, nice);
        if (ThreadId == Process.ProcessId)
        {
            Process.LeaderNice = nice;
        }
    }

    private void TakeTerms()
    {
        SchedulingTerms terms = Scheduling;
        IMachine machine = Process.Machine;
        machine.SetThreadTerms(new ThreadTerms(AllowedProcessors, terms.SliceNanoseconds(machine, Nice), terms.Priority) { IsNice = Nice > 0 });
    }
}
