using System.CommandLine;
using System.IO;
using Levitate.Cli.Images;

namespace Levitate.Cli.Commands;

/// <summary>The --add option: files of the host that a VM gets beside the default image.</summary>
internal sealed class OverlayArguments
{
    private readonly Option<string[]> _added = new("--add")
    {
        Description = "Put a file or directory of this machine into the VM. May be repeated.",
        HelpName = "HOSTFILE:GUESTPATH",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(_added);

    /// <summary>The archive that was asked for; null: none.</summary>
    public byte[]? Read(ParseResult parsed)
    {
        string[] additions = parsed.GetValue(_added)!;
        if (additions.Length == 0)
        {
            return null;
        }

        var tree = new ImageTree(isOverlay: true);
        var check = new OverlayCheck();
        foreach (string addition in additions)
        {
            // The guest's path is behind the last colon: names of files on the host have colons more often.
            int colon = addition.LastIndexOf(':');
            if (colon < 1 || colon == addition.Length - 1)
            {
                throw new ToolException($"--add takes HOSTFILE:GUESTPATH; \"{addition}\" is not of that form.", "For example --add ./data.txt:/tmp/data.txt.");
            }

            string host = addition[..colon];
            string guest = addition[(colon + 1)..];
            if (!Path.Exists(host))
            {
                throw new ToolException($"--add: there is no {host} on this machine.", "Give a path that exists, before the colon.");
            }

            string place = guest.EndsWith('/') ? guest + Path.GetFileName(Path.TrimEndingDirectorySeparator(host)) : guest;
            var own = new ImageTree(isOverlay: true);
            own.AddFromHost(host, place);
            check.Take(addition, own);
            tree.Add(own);
        }

        return CpioWriter.ToArray(tree);
    }
}
