using System;
using System.Threading;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class UserAccountTests
{
    [Fact]
    public void An_account_that_all_threads_have_left_is_made_anew()
    {
        using var kernel = new SimulatedKernel();
        var accounts = new UserAccounts();
        UserThread first = kernel.CreateProcess();
        UserThread second = kernel.CreateProcess();
        accounts.Enter(first, creator: null);
        UserAccount before = first.Account!;
        accounts.Leave(first);
        accounts.Leave(first);
        Assert.Equal(0, before.Threads);

        accounts.Enter(first, creator: null);
        accounts.Enter(second, first);
        Assert.NotSame(before, first.Account);
        Assert.Same(first.Account, second.Account);
        Assert.Equal(2, first.Account!.Threads);

        second.Process.Credentials = second.Credentials with { RealUserId = 7 };
        accounts.Move(second);
        Assert.Equal(1, first.Account.Threads);
        Assert.Equal(7u, second.Account!.UserId);
    }

    [Fact]
    public void Threads_that_come_go_and_change_their_user_at_once_leave_nothing_counted()
    {
        using var kernel = new SimulatedKernel();
        var accounts = new UserAccounts();
        UserThread witness = kernel.CreateProcess();
        accounts.Enter(witness, creator: null);
        var failures = 0;
        var threads = new Thread[4];
        for (int i = 0; i < threads.Length; i++)
        {
            UserThread own = kernel.CreateProcess();
            UserThread creator = i == 0 ? witness : kernel.CreateProcess();
            var random = new Random(i);
            threads[i] = new Thread(() =>
            {
                for (int round = 0; round < 20_000; round++)
                {
                    own.Process.Credentials = own.Credentials with { RealUserId = (uint)random.Next(3) };
                    accounts.Enter(own, creator);
                    own.Process.Credentials = own.Credentials with { RealUserId = (uint)random.Next(3) };
                    accounts.Move(own);
                    failures += own.Account!.UserId == own.Credentials.RealUserId && own.Account.Threads > 0 ? 0 : 1;
                    accounts.Leave(own);
                }
            });
        }

        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Equal(0, failures);
        Assert.Equal(1, witness.Account!.Threads);
    }
}
