using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Profiling;

/// <summary>A function as it was called by one chain of callers.</summary>
/// <param name="Function">The function.</param>
/// <param name="Own">Instructions that it executed itself.</param>
internal sealed record CallNode(ProfiledFunction Function, long Own)
{
    /// <summary>What it called.</summary>
    public List<CallNode> Children { get; } = [];

    /// <summary>Its own instructions and those of all that it called.</summary>
    public long Total { get; private set; } = Own;

    /// <summary>Adds what is below, once everything is read. Not recursive: chains are as long as the guest makes them.</summary>
    internal void AddTo(CallNode? caller)
    {
        if (caller is not null)
        {
            caller.Total += Total;
        }
    }
}

/// <summary>What a function took in all places together.</summary>
/// <param name="Function">The function.</param>
/// <param name="Own">Instructions that it executed itself.</param>
/// <param name="Total">With those of what it called; a recursive call is counted once.</param>
internal sealed record FunctionCost(ProfiledFunction Function, long Own, long Total);

/// <summary>What the plugin counted.</summary>
internal sealed class CallTree
{
    // Deeper chains are cut off: a picture has no use for them, and recursion here an end.
    private const int MaximumDepth = 200;

    private CallTree(List<CallNode> roots) => Roots = roots;

    /// <summary>Functions that nobody called: the program, the beginnings of kernel threads.</summary>
    public IReadOnlyList<CallNode> Roots { get; }

    /// <summary>All instructions.</summary>
    public long Total => Roots.Sum(root => root.Total);

    /// <summary>Instructions in user mode.</summary>
    public long InUserMode => Roots.Where(root => root.Function == ProfiledFunction.UserMode).Sum(root => root.Total);

    /// <summary>Reads the plugin's file.</summary>
    public static CallTree Read(string file, KernelSymbols symbols) => Parse(File.ReadLines(file), symbols);

    /// <inheritdoc cref="Read"/>
    internal static CallTree Parse(IEnumerable<string> lines, KernelSymbols symbols)
    {
        var roots = new List<CallNode>();
        var chain = new List<CallNode>();
        var order = new List<(CallNode Node, CallNode? Caller)>();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            int depth = Math.Min(int.Parse(words[0], CultureInfo.InvariantCulture), Math.Min(chain.Count, MaximumDepth));
            ProfiledFunction function = words[1] switch
            {
                "u" => ProfiledFunction.UserMode,
                "f" => ProfiledFunction.Firmware,
                "g" => ProfiledFunction.Generated,
                string index => symbols[int.Parse(index, CultureInfo.InvariantCulture)],
            };
            var node = new CallNode(function, long.Parse(words[2], CultureInfo.InvariantCulture));
            CallNode? caller = depth == 0 ? null : chain[depth - 1];
            (caller?.Children ?? roots).Add(node);
            chain.RemoveRange(depth, chain.Count - depth);
            chain.Add(node);
            order.Add((node, caller));
        }

        for (int at = order.Count - 1; at >= 0; at--)
        {
            order[at].Node.AddTo(order[at].Caller);
        }

        return new CallTree(roots);
    }

    /// <summary>Every function that executed something, the costliest by itself first.</summary>
    public IReadOnlyList<FunctionCost> ByFunction()
    {
        var own = new Dictionary<ProfiledFunction, long>(ReferenceEqualityComparer.Instance);
        var total = new Dictionary<ProfiledFunction, long>(ReferenceEqualityComparer.Instance);
        var active = new HashSet<ProfiledFunction>(ReferenceEqualityComparer.Instance);
        foreach (CallNode root in Roots)
        {
            Visit(root);
        }

        return [.. own.Where(entry => total[entry.Key] > 0).Select(entry => new FunctionCost(entry.Key, entry.Value, total[entry.Key])).OrderByDescending(cost => cost.Own).ThenBy(cost => cost.Function.Name, StringComparer.Ordinal)];

        void Visit(CallNode node)
        {
            own[node.Function] = own.GetValueOrDefault(node.Function) + node.Own;
            bool isOutermost = active.Add(node.Function);
            if (isOutermost)
            {
                total[node.Function] = total.GetValueOrDefault(node.Function) + node.Total;
            }

            node.Children.ForEach(Visit);
            if (isOutermost)
            {
                active.Remove(node.Function);
            }
        }
    }
}
