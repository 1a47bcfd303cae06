using Levitate.Kernel.Signals;
using Xunit;

namespace Levitate.Kernel.Tests.Signals;

public sealed class SignalActionsTests
{
    [Fact]
    public void A_fork_shares_actions_until_either_side_changes_one()
    {
        var parent = new SignalActions();
        parent.Change(SignalNumber.SIGUSR1).Handler = 0x1000;
        SignalActions child = parent.Share();
        child.Change(SignalNumber.SIGUSR1).Handler = 0x2000;
        parent.Change(SignalNumber.SIGTERM).Handler = 0x3000;
        Assert.Equal((0x1000UL, 0x3000UL), (parent[SignalNumber.SIGUSR1].Handler, parent[SignalNumber.SIGTERM].Handler));
        Assert.Equal((0x2000UL, SignalAction.Default), (child[SignalNumber.SIGUSR1].Handler, child[SignalNumber.SIGTERM].Handler));
        Assert.Equal(SignalAction.Default, new SignalActions()[SignalNumber.SIGUSR1].Handler);
    }

    [Fact]
    public void A_new_program_keeps_of_the_actions_what_was_ignored()
    {
        var actions = new SignalActions();
        actions.Change(SignalNumber.SIGUSR1) = new SignalAction { Handler = 0x1000, Mask = 1 };
        actions.Change(SignalNumber.SIGHUP) = new SignalAction { Handler = SignalAction.Ignore, Mask = 1 };
        SignalActions parent = actions.Share();
        actions.ResetCaught();
        Assert.Equal((SignalAction.Default, 0UL), (actions[SignalNumber.SIGUSR1].Handler, actions[SignalNumber.SIGUSR1].Mask));
        Assert.Equal((SignalAction.Ignore, 0UL), (actions[SignalNumber.SIGHUP].Handler, actions[SignalNumber.SIGHUP].Mask));
        Assert.Equal(0x1000UL, parent[SignalNumber.SIGUSR1].Handler);
    }
}
