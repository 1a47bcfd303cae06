using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Linq;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.Roots;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel;

namespace Levitate.Cli.Commands;

/// <summary>The options that say what a VM is made of; `vm exec` and `run` share them.</summary>
internal sealed class MachineArguments
{
    /// <summary>The most that the kernel runs (Levitate.Floor's Processors.MaximumCount).</summary>
    private const int MaximumCpus = 8;

    // Memory in whole MiB.
    private const long MebibyteMask = 0xFFFFF;

    private readonly Option<long> _memory = new("--memory", "-m")
    {
        Description = "The guest's memory, e.g. 32M or 1G; when nothing is said 256M, and what the root of --rootfs takes.",
        CustomParser = ParseMemory,
        HelpName = "size",
    };

    private readonly Option<int> _cpus = new("--cpus")
    {
        Description = $"How many processors the guest has, at most {MaximumCpus}; 1 when nothing is said.",
        CustomParser = ParseCount,
        HelpName = "count",
    };

    private readonly Option<Accelerator> _accelerator = new("--accel")
    {
        Description = "How QEMU runs the guest; auto takes KVM where it works.",
        CustomParser = Choices.Parse<Accelerator>,
        HelpName = "auto|tcg|kvm",
    };

    private readonly Option<MachineKind> _machine = new("--machine")
    {
        Description = "QEMU's machine type.",
        CustomParser = Choices.Parse<MachineKind>,
        HelpName = "microvm|q35",
    };

    private readonly Option<string[]> _kernelOptions = new("--kernel-option")
    {
        Description = $"A word for the kernel's command line: {string.Join("; ", KernelOptions.Words.Select(known => $"{known.Word} ({known.Meaning})"))}. May be repeated.",
        HelpName = "word",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _kernel = new("--kernel") { Description = "Boot another kernel than the project's.", HelpName = "file", Hidden = true };

    private readonly Option<string?> _initramfs = new("--initramfs") { Description = "Use another root file system.", HelpName = "file", Hidden = true };

    private readonly Option<string?> _root = new("--rootfs")
    {
        Description = "Boot into this root file system: a directory, or a tar file (plain, gzip, xz or zstd).",
        HelpName = "DIR|FILE.tar[.gz|.xz|.zst]",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _kernelOptions.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !KernelOptions.IsKnown(token.Value)) is { } unknown)
            {
                result.AddError($"--kernel-option takes {Choices.List([.. KernelOptions.Words.Select(known => known.Word)])}; '{unknown.Value}' is none of them.");
            }
        });
        command.Options.Add(_root);
        command.Options.Add(_memory);
        command.Options.Add(_cpus);
        command.Options.Add(_accelerator);
        command.Options.Add(_machine);
        command.Options.Add(_kernelOptions);
        command.Options.Add(_kernel);
        command.Options.Add(_initramfs);
    }

    /// <summary>The root file system that was named; null: none.</summary>
    public string? RootOf(ParseResult parsed) => parsed.GetValue(_root);

    /// <summary>What the user chose. A root file system is packed where it has changed.</summary>
    public MachineOptions Read(ParseResult parsed, Workspace workspace, params string[] moreKernelOptions)
    {
        string? root = parsed.GetValue(_root) is { } source ? RootImage.Prepare(workspace, source) : null;
        long rootSize = root is null ? 0 : new FileInfo(root).Length;
        long memory = parsed.GetValue(_memory);
        if (memory > 0 && memory < rootSize + MachineOptions.MinimumMemory)
        {
            throw new ToolException(
                $"The root file system takes {Quantities.FormatSize(rootSize)} of memory, so {Quantities.FormatSize(memory)} is too little.",
                "Leave --memory out, or give more by it.");
        }

        return new()
        {
            Kernel = parsed.GetValue(_kernel) ?? workspace.Kernel,
            Initramfs = root ?? parsed.GetValue(_initramfs) ?? workspace.Initramfs,
            Memory = memory > 0 ? memory : MachineOptions.DefaultMemory + ((rootSize + MebibyteMask) & ~MebibyteMask),
            Cpus = parsed.GetValue(_cpus) is var cpus and > 0 ? cpus : 1,
            Accelerator = parsed.GetValue(_accelerator),
            Machine = parsed.GetValue(_machine),
            KernelCommandLine = string.Join(' ', [.. moreKernelOptions, .. parsed.GetValue(_kernelOptions) ?? []]),
        };
    }

    /// <summary>Builds what the VM will boot from, where it is the project's own and not up to date.</summary>
    public void Update(ParseResult parsed, Workspace workspace)
    {
        bool ownKernel = parsed.GetValue(_kernel) is null;
        bool ownInitramfs = parsed.GetValue(_initramfs) is null && parsed.GetValue(_root) is null;
        if (ownKernel || ownInitramfs)
        {
            BuildTarget target = ownKernel && ownInitramfs ? BuildTarget.All : ownKernel ? BuildTarget.Kernel : BuildTarget.Initramfs;
            ImageBuilder.Update(workspace, new Progress(), target);
        }
    }

    private static long ParseMemory(ArgumentResult result)
    {
        if (Quantities.TryParseSize(result.Tokens[0].Value, out long bytes) && bytes >= MachineOptions.MinimumMemory)
        {
            return bytes;
        }

        result.AddError($"--memory takes a size such as 32M or 1G, at least {Quantities.FormatSize(MachineOptions.MinimumMemory)}; '{result.Tokens[0].Value}' is none.");
        return 0;
    }

    /// <summary>Reads a number of processors; where the option is not given its value is 0.</summary>
    internal static int ParseCount(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= MaximumCpus)
        {
            return count;
        }

        result.AddError($"--cpus takes a number from 1 to {MaximumCpus}, the most that the kernel starts; '{text}' is none of them.");
        return 0;
    }
}
