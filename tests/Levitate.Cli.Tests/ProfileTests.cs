using System;
using System.Linq;
using System.Xml.Linq;
using Levitate.Cli.Profiling;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>What becomes of the counts of `./levitate profile`.</summary>
public sealed class ProfileTests
{
    private const string Listing = """
        ffffffff80100000 T _start
        ffffffff80100010 t common_trap
        ffffffff80100020 T Levitate_Kernel_Levitate_Kernel_Memory_AddressSpace__HandleFault
        ffffffff80100030 T WKS::gc_heap::mark_object(unsigned char*)
        ffffffff80100030 B some_data
        ffffffff80100040 T mmap
        ffffffff80100040 T Levitate_Floor_Levitate_Floor_VirtualMemory__Map
        """;

    [Theory]
    [InlineData("Levitate_Kernel_Levitate_Kernel_Memory_AddressSpace__HandleFault", "Memory.AddressSpace.HandleFault", (int)Layer.Kernel)]
    [InlineData("Levitate_Machine_Levitate_Machine_Virtio_Console_ConsoleMessage__TryRead", "Virtio.Console.ConsoleMessage.TryRead", (int)Layer.Machine)]
    [InlineData("S_P_CoreLib_System_Threading_Monitor__Enter", "System.Threading.Monitor.Enter", (int)Layer.Library)]
    [InlineData("WKS::gc_heap::mark_object(unsigned char*)", "WKS::gc_heap::mark_object", (int)Layer.Runtime)]
    [InlineData("RhpNewFast", "RhpNewFast", (int)Layer.Runtime)]
    [InlineData("Int32__Equals", "Int32.Equals", (int)Layer.Library)]
    [InlineData("common_trap", "common_trap", (int)Layer.Floor)]
    public void A_symbol_is_shown_as_its_source_spells_it(string symbol, string name, int layer) =>
        Assert.Equal(new ProfiledFunction(name, (Layer)layer), KernelSymbols.Describe(symbol, isInFloor: false));

    [Fact]
    public void Of_two_names_of_a_function_the_one_in_CSharp_counts_and_data_is_none()
    {
        KernelSymbols symbols = KernelSymbols.Parse(Listing);
        Assert.Equal(
            ["_start", "common_trap", "Memory.AddressSpace.HandleFault", "WKS::gc_heap::mark_object", "VirtualMemory.Map"],
            Enumerable.Range(0, symbols.Count).Select(index => symbols[index].Name));
    }

    [Fact]
    public void A_functions_total_has_what_it_called_and_recursion_once()
    {
        CallTree tree = CallTree.Parse(["0 0 5", "1 2 10", "2 3 1", "3 2 20", "0 u 100"], KernelSymbols.Parse(Listing));
        Assert.Equal((136, 100), (tree.Total, tree.InUserMode));
        FunctionCost fault = tree.ByFunction().Single(cost => cost.Function.Name == "Memory.AddressSpace.HandleFault");
        Assert.Equal((30, 31), (fault.Own, fault.Total));
        FunctionCost start = tree.ByFunction().Single(cost => cost.Function.Name == "_start");
        Assert.Equal((5, 36), (start.Own, start.Total));
    }

    [Fact]
    public void A_flame_graph_is_well_formed_and_as_wide_as_its_instructions()
    {
        CallTree tree = CallTree.Parse(["0 0 0", "1 2 30", "0 u 70"], KernelSymbols.Parse(Listing));
        XElement picture = XDocument.Parse(FlameGraph.Draw(tree, "a < b & c")).Root!;
        XElement[] frames = [.. picture.Descendants().Where(element => element.Attribute("data-w") is not null)];
        double WidthOf(string name) => (double)frames.Single(frame => frame.Value.StartsWith(name, StringComparison.Ordinal)).Attribute("data-w")!;
        Assert.Equal(WidthOf("_start"), WidthOf("Memory.AddressSpace.HandleFault"));
        Assert.Equal(70.0 / 30.0, WidthOf("the program") / WidthOf("_start"), 3);
    }
}
