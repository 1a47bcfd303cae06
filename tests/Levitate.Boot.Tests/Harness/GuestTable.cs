using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Levitate.Boot.Tests.Harness;

/// <summary>Cases by name, each run on the host's Linux first and then in the VM.</summary>
internal sealed class GuestTable : IEnumerable<KeyValuePair<string, GuestCase>>
{
    private readonly Dictionary<string, GuestCase> _cases = [];

    /// <summary>The names, for a theory.</summary>
    public TheoryData<string> Names => [.. _cases.Keys];

    /// <summary>Adds a case.</summary>
    public void Add(string name, GuestCase guestCase) => _cases.Add(name, guestCase);

    /// <summary>Adds a program that is built against musl (NAME) and glibc (NAME_glibc).</summary>
    public void AddForBoth(string name, GuestCase guestCase)
    {
        _cases.Add(name, guestCase);
        string[] words = guestCase.Command;
        _cases.Add(name + ", glibc", guestCase with { Command = [words[0] + "_glibc", .. words[1..]] });
    }

    /// <summary>Runs a case in both places and compares status, output and errors, byte for byte but for its documented differences.</summary>
    public void Compare(string name)
    {
        GuestCase guestCase = _cases[name];
        Execution native = NativeSystem.Run(guestCase);
        CheckExpectations(guestCase, native, "Linux");
        if (Repository.NativeOnly)
        {
            return;
        }

        Execution guest = VirtualMachine.Run(guestCase);
        string context = $"{name}: {string.Join(' ', guestCase.Command)}\n=== on Linux: {native}\n=== in the VM: {guest}\n";
        bool isTcgs = guestCase.UnderTcg?.Status == guest.Status;
        Assert.True(isTcgs || native.Status == guest.Status, $"the status is {guest.Status}, on Linux {native.Status}\n{context}");
        CheckSame("output", guestCase, native.OutputText, guest.OutputText, isTcgs, context);
        CheckSame("errors", guestCase, native.ErrorText, guest.ErrorText, isTcgs, context);
        CheckExpectations(isTcgs ? guestCase with { Status = guest.Status } : guestCase, guest, "LevitateOS");
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GuestCase>> GetEnumerator() => _cases.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static void CheckExpectations(GuestCase guestCase, Execution result, string system)
    {
        Assert.True(guestCase.Status is null || guestCase.Status == result.Status, $"on {system} the status is not {guestCase.Status}: {result}");
        Assert.True(guestCase.Says is null || result.OutputText.Contains(guestCase.Says, StringComparison.Ordinal), $"on {system} the output lacks \"{guestCase.Says}\": {result}");
    }

    private static string Sort(string text) => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal));

    private static void CheckSame(string what, GuestCase guestCase, string native, string guest, bool isTcgs, string context)
    {
        native = guestCase.Differences.Aggregate(native, (text, difference) => difference.Remove(text));
        guest = guestCase.Differences.Aggregate(guest, (text, difference) => difference.Remove(text));
        if (isTcgs)
        {
            // What ends the program elsewhere lets it go on.
            guest = guest[..Math.Min(guest.Length, native.Length)];
        }

        if (guestCase.IsUnordered)
        {
            (native, guest) = (Sort(native), Sort(guest));
        }

        if (native == guest)
        {
            return;
        }

        string[] nativeLines = native.Split('\n');
        string[] guestLines = guest.Split('\n');
        IEnumerable<string> lines = Enumerable.Range(0, Math.Max(nativeLines.Length, guestLines.Length))
            .Where(i => nativeLines.ElementAtOrDefault(i) != guestLines.ElementAtOrDefault(i))
            .Take(40)
            .Select(i => $"line {i + 1}:\n  Linux: {nativeLines.ElementAtOrDefault(i)}\n  VM:    {guestLines.ElementAtOrDefault(i)}");
        Assert.Fail($"the {what} differs from Linux's\n{string.Join('\n', lines)}\n{context}");
    }
}
