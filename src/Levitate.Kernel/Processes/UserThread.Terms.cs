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
        Context.SetPriority(terms.Priority, terms.SliceNanoseconds(machine, Process.Nice));
        ChangeTerms();
    }

    /// <summary>By how many nanoseconds the thread's time-outs may be late so that several can be served at once (PR_GET_TIMERSLACK). No use is made of it.</summary>
    internal long TimerSlack => _timerSlack.Present;

    /// <summary>Sets <see cref="TimerSlack"/>; 0: to the default. The thread itself.</summary>
    internal void SetTimerSlack(long nanoseconds) => _timerSlack.Present = nanoseconds != 0 ? nanoseconds : _timerSlack.Default;

    /// <summary>A new thread runs where its creator may and as urgently, and as nice as its process.</summary>
    internal void InheritTerms(UserThread creator)
    {
        _allowedProcessors = creator.AllowedProcessors;
        _timerSlack = (creator.TimerSlack, creator.TimerSlack);
        SchedulingTerms terms = creator.Scheduling;
        _scheduling = terms.Inherited.ToWord();
        if (terms.ResetsOnFork && Process != creator.Process)
        {
            Process.Nice = Math.Max(Process.Nice, 0);
        }

        // Its kernel thread begins with the terms that the creator's has when it is started, which may be others by then.
        AddOwnWork(ThreadWork.Terms);
    }

    /// <summary>Has the thread look at its CPUs and its process's nice value. Any thread.</summary>
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

    private void TakeTerms()
    {
        SchedulingTerms terms = Scheduling;
        IMachine machine = Process.Machine;
        machine.SetThreadTerms(new ThreadTerms(AllowedProcessors, terms.SliceNanoseconds(machine, Process.Nice), terms.Priority) { IsNice = Process.Nice > 0 });
    }
}
