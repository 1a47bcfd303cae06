using System.Runtime.InteropServices;
using Levitate.Machine;

namespace Levitate.Image;

/// <summary>Where managed code begins.</summary>
internal static class Program
{
    /// <summary>
    /// Called by the floor on the first kernel thread, once memory, traps and clock work. The call itself starts the
    /// .NET runtime (a reverse P/Invoke of a static library initialises it on first use).
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "levitate_main")]
    private static void Main() => MachineBoot.Start();
}
