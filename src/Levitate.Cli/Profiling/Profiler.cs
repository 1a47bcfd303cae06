using System;
using System.Globalization;
using System.IO;
using Levitate.Cli.Building;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Profiling;

/// <summary>Has QEMU count where the guest's instructions are executed, by a plugin that is compiled here.</summary>
internal sealed class Profiler : IDisposable
{
    private readonly Workspace _workspace;
    private readonly KernelSymbols _symbols;

    /// <summary>Compiles the plugin where it is not there, and reads the kernel's symbols.</summary>
    /// <param name="workspace">The repository.</param>
    /// <param name="kernel">The kernel that will be profiled; its symbols stand beside it.</param>
    public Profiler(Workspace workspace, string kernel)
    {
        _workspace = workspace;
        string image = Path.ChangeExtension(kernel, ".debug.elf");
        if (!File.Exists(image))
        {
            throw new ToolException($"There is no {image}, where the names of the kernel's functions are looked for.", "Build the kernel by ./levitate build kernel.");
        }

        Directory.CreateDirectory(Exchange);
        Compile(new Progress());
        _symbols = KernelSymbols.Read(image);
        _symbols.WriteAddresses(Addresses);
    }

    private string Folder => Path.Combine(_workspace.Artifacts, "profile");

    private string Plugin => Path.Combine(Folder, "profiler.so");

    // Of this run alone: several may be under way.
    private string Exchange => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"run.{Environment.ProcessId}"));

    private string Addresses => Path.Combine(Exchange, "addresses");

    private string Counts => Path.Combine(Exchange, "counts");

    private string Source => _workspace["src/Levitate.Cli/Profiling/profiler.c"];

    /// <summary>A machine that is profiled. It counts instructions, so that every run gives the same profile.</summary>
    public MachineOptions Watch(MachineOptions machine, bool fromPowerOn) => machine with
    {
        Accelerator = Accelerator.Tcg,
        CountsInstructions = true,
        Plugin = $"file={Escape(Plugin)},symbols={Escape(Addresses)},output={Escape(Counts)}{(fromPowerOn ? ",boot=on" : "")}",
    };

    /// <summary>What was counted; null where QEMU, which writes it when the machine powers off by itself, did not.</summary>
    public CallTree? Read() => File.Exists(Counts) ? CallTree.Read(Counts, _symbols) : null;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Exchange, recursive: true);

    private void Compile(Progress progress)
    {
        if (Fingerprint.Of(Plugin, [Source]).IsCurrent())
        {
            return;
        }

        using (BuildLock.Take(_workspace, progress))
        {
            Fingerprint fingerprint = Fingerprint.Of(Plugin, [Source]);
            if (!fingerprint.IsCurrent())
            {
                string[] arguments = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", Source, "-o", Plugin];
                progress.Step("Compiling the profiler", () => HostProgram.Run(_workspace, "profiler", "gcc", arguments));
                fingerprint.Save();
            }
        }
    }

    // QEMU's own rule: two commas in an option are one in its value.
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);
}
