using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate vm`.</summary>
internal sealed class VmCommand : Command
{
    public VmCommand() : base("vm", "Runs programs in virtual machines.") => Subcommands.Add(new VmExecCommand());
}
