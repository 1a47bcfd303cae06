using System;
using System.CommandLine;
using Levitate.Cli.Building;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate docs`: writes the documents that are made from the source.</summary>
internal sealed class DocsCommand : Command
{
    public DocsCommand() : base("docs", "Writes docs/syscalls.md anew from the system call handlers.")
    {
        Hidden = true;
        SetAction(Run);
    }

    private static int Run(ParseResult parsed)
    {
        // The test that keeps the document true writes it when it is told to: it always sees the kernel as it is now.
        Environment.SetEnvironmentVariable("LEVITATE_UPDATE_DOCS", "1");
        Workspace workspace = Workspace.Find();
        string[] arguments = ["test", workspace["tests/Levitate.Kernel.Tests"], "-v", "quiet", "-nologo", "--filter", "SyscallTableTests"];
        new Progress().Step("Writing docs/syscalls.md", () => HostProgram.Run(workspace, "docs", "dotnet", arguments));
        return 0;
    }
}
