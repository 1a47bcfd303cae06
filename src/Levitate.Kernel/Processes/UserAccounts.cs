using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>How many threads each real user has, for RLIMIT_NPROC, and how many queued signals. A fork and an end count without a lock: what they count in is their creator's.</summary>
internal sealed class UserAccounts
{
    private readonly Dictionary<uint, UserAccount> _accounts = [];

    /// <summary>Guards the accounts that there are, not what is counted in them. Nothing is taken under it.</summary>
    private KernelLock _lock = new(LockOrder.UserAccounts);

    /// <summary>Counts a thread in that was not counted yet.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="creator">Whose account it likely shares; null: nobody's.</param>
    internal void Enter(UserThread thread, UserThread? creator)
    {
        uint user = thread.Credentials.RealUserId;
        UserAccount? account = creator is null ? null : Volatile.Read(ref creator.Account);
        Volatile.Write(ref thread.Account, account is not null && account.UserId == user && account.TryCountOneMore() ? account : Open(user));
    }

    /// <summary>Counts a thread out. One that is not counted is left alone.</summary>
    internal void Leave(UserThread thread)
    {
        if (Interlocked.Exchange(ref thread.Account, null) is { } account)
        {
            Drop(account);
        }
    }

    /// <summary>Counts a thread where it belongs now, if it is counted.</summary>
    internal void Move(UserThread thread)
    {
        while (Volatile.Read(ref thread.Account) is { } account && account.UserId != thread.Credentials.RealUserId)
        {
            UserAccount now = Open(thread.Credentials.RealUserId);
            Drop(Interlocked.CompareExchange(ref thread.Account, now, account) == account ? account : now);
        }
    }

    /// <summary>A user's account, in which one thread more is counted.</summary>
    private UserAccount Open(uint user)
    {
        using (_lock.Enter())
        {
            if (!_accounts.TryGetValue(user, out UserAccount? account) || !account.TryCountOneMore())
            {
                account = new UserAccount(user);
                _accounts[user] = account;
            }

            return account;
        }
    }

    private void Drop(UserAccount account)
    {
        if (!account.CountOneLess())
        {
            return;
        }

        using (_lock.Enter())
        {
            if (_accounts.TryGetValue(account.UserId, out UserAccount? known) && known == account)
            {
                _accounts.Remove(account.UserId);
            }
        }
    }
}

/// <summary>The threads of one real user, and the signals queued for them. Once nobody is counted in it, it is out of use for good.</summary>
internal sealed class UserAccount(uint userId)
{
    private int _threads = 1;
    private int _signals;

    /// <summary>The user.</summary>
    internal uint UserId => userId;

    /// <summary>How many threads the user has.</summary>
    internal int Threads => Volatile.Read(ref _threads);

    /// <summary>How many signals are queued for the user's processes, for RLIMIT_SIGPENDING.</summary>
    internal int Signals => Volatile.Read(ref _signals);

    /// <summary>So many more signals are queued.</summary>
    internal void CountSignals(int count) => Interlocked.Add(ref _signals, count);

    /// <summary>One thread more; false: the account is out of use.</summary>
    internal bool TryCountOneMore()
    {
        int threads = Volatile.Read(ref _threads);
        while (threads != 0)
        {
            int seen = Interlocked.CompareExchange(ref _threads, threads + 1, threads);
            if (seen == threads)
            {
                return true;
            }

            threads = seen;
        }

        return false;
    }

    /// <summary>One thread less; true: it was the last one.</summary>
    internal bool CountOneLess() => Interlocked.Decrement(ref _threads) == 0;
}
