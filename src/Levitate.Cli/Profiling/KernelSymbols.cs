using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Levitate.Cli.Building;

namespace Levitate.Cli.Profiling;

/// <summary>Which part of the system a function belongs to.</summary>
internal enum Layer
{
    /// <summary>The program, in user mode.</summary>
    Program,

    /// <summary>Levitate.Kernel.</summary>
    Kernel,

    /// <summary>Levitate.Machine and Levitate.Image.</summary>
    Machine,

    /// <summary>Levitate.Floor and its assembly.</summary>
    Floor,

    /// <summary>The base class library.</summary>
    Library,

    /// <summary>The .NET runtime: the collector, casts, exceptions.</summary>
    Runtime,
}

/// <summary>A function as a profile shows it.</summary>
/// <param name="Name">The name for people.</param>
/// <param name="Layer">What it belongs to.</param>
internal sealed record ProfiledFunction(string Name, Layer Layer)
{
    /// <summary>All that runs in user mode.</summary>
    public static ProfiledFunction UserMode { get; } = new("the program, in user mode", Layer.Program);

    /// <summary>What runs before the kernel's image is in its place.</summary>
    public static ProfiledFunction Firmware { get; } = new("the firmware and the first steps of the boot", Layer.Floor);

    /// <summary>Code of the runtime's that is in no image.</summary>
    public static ProfiledFunction Generated { get; } = new("code that no symbol names", Layer.Runtime);
}

/// <summary>The kernel's functions in the order of their addresses.</summary>
internal sealed class KernelSymbols
{
    private const string FloorStart = "__floor_text_start";
    private const string FloorEnd = "__floor_text_end";

    // How ILC begins the names of a module's methods: the assembly, and behind it the namespace.
    private static readonly (string Prefix, Layer Layer)[] s_modules =
    [
        ("Levitate_Kernel_Levitate_Kernel_", Layer.Kernel),
        ("Levitate_Machine_Levitate_Machine_", Layer.Machine),
        ("Levitate_Floor_Levitate_Floor_", Layer.Floor),
        ("levitate_Levitate_", Layer.Machine),
        ("S_P_CoreLib_", Layer.Library),
        ("System_", Layer.Library),
    ];

    private readonly List<(ulong Address, ProfiledFunction Function)> _functions;

    private KernelSymbols(List<(ulong Address, ProfiledFunction Function)> functions) => _functions = functions;

    /// <summary>A function by its place in the order.</summary>
    public ProfiledFunction this[int index] => _functions[index].Function;

    /// <summary>How many there are.</summary>
    public int Count => _functions.Count;

    /// <summary>Reads the symbols of an image.</summary>
    public static KernelSymbols Read(string image) => Parse(HostProgram.Read("nm", ["--demangle", "--defined-only", image]));

    /// <summary>Reads what nm prints.</summary>
    internal static KernelSymbols Parse(string listing)
    {
        var names = new SortedDictionary<ulong, string>();
        ulong floorStart = 0;
        ulong floorEnd = 0;
        foreach (string line in listing.Split('\n'))
        {
            string[] words = line.Split(' ', 3);
            if (words.Length < 3 || !ulong.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address))
            {
                continue;
            }

            floorStart = words[2] == FloorStart ? address : floorStart;
            floorEnd = words[2] == FloorEnd ? address : floorEnd;
            if (words[1] is "t" or "T" or "w" or "W" && words[2] is not FloorStart and not FloorEnd
                && (!names.TryGetValue(address, out string? other) || IsBetter(words[2], other)))
            {
                names[address] = words[2];
            }
        }

        return new([.. names.Select(symbol => (symbol.Key, Describe(symbol.Value, symbol.Key >= floorStart && symbol.Key < floorEnd)))]);
    }

    /// <summary>Writes the addresses for the plugin.</summary>
    public void WriteAddresses(string file)
    {
        var text = new StringBuilder();
        foreach ((ulong address, _) in _functions)
        {
            text.Append(CultureInfo.InvariantCulture, $"{address:x}\n");
        }

        File.WriteAllText(file, text.ToString());
    }

    /// <summary>What a symbol is to people: "Levitate_Kernel_Levitate_Kernel_Memory_AddressSpace__HandleFault" is "Memory.AddressSpace.HandleFault".</summary>
    internal static ProfiledFunction Describe(string symbol, bool isInFloor)
    {
        foreach ((string prefix, Layer layer) in s_modules)
        {
            if (symbol.StartsWith(prefix, StringComparison.Ordinal))
            {
                return new(Undecorate(symbol[prefix.Length..]), layer);
            }
        }

        if (isInFloor)
        {
            return new(symbol, Layer.Floor);
        }

        // C++ shows its parameters, methods of the simplest types ("Int32__Equals") two underscores.
        int parameters = symbol.IndexOf('(', 1);
        return parameters > 0 ? new(symbol[..parameters], Layer.Runtime)
            : symbol.StartsWith("Rh", StringComparison.Ordinal) ? new(symbol, Layer.Runtime)
            : symbol.IndexOf("__", StringComparison.Ordinal) > 0 ? new(Undecorate(symbol), Layer.Library)
            : new(symbol, Layer.Floor);
    }

    // The first two underscores outside of type arguments stand between the type and the method.
    private static string Undecorate(string symbol)
    {
        int depth = 0;
        for (int at = 0; at < symbol.Length - 2; at++)
        {
            depth += symbol[at] switch { '<' => 1, '>' => -1, _ => 0 };
            if (depth == 0 && at > 0 && symbol[at] == '_' && symbol[at + 1] == '_')
            {
                return symbol[..at].Replace('_', '.') + "." + symbol[(at + 2)..];
            }
        }

        return symbol;
    }

    // An exported method has two symbols: the name in C#, which tells whose it is, and the name that the runtime calls.
    private static bool IsBetter(string name, string other) => IsManaged(name) && !IsManaged(other);

    private static bool IsManaged(string name) => s_modules.Any(module => name.StartsWith(module.Prefix, StringComparison.Ordinal));
}
