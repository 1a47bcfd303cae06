using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Levitate.Cli.Host;
using Levitate.Cli.Images;

namespace Levitate.Cli.Building;

/// <summary>
/// The text file that says what an image takes from the host, a line each: "file HOSTPATH [GUESTPATH]",
/// "link GUESTPATH TARGET", "dir MODE GUESTPATH", "applets HOSTPATH GUESTPATH" (busybox's names for itself, where nothing
/// else has the name); '#' begins a comment.
/// </summary>
internal sealed class ImageManifest
{
    private readonly List<string[]> _lines = [];
    private readonly string _path;

    /// <summary>Reads a manifest.</summary>
    public ImageManifest(string path)
    {
        _path = path;
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                _lines.Add(words);
            }
        }
    }

    /// <summary>The files of the host that the image takes.</summary>
    public IEnumerable<string> HostFiles => _lines.Where(words => words[0] is "file" or "applets" && words.Length > 1).Select(words => words[1]);

    /// <summary>Puts everything but the applets into a tree.</summary>
    public void AddTo(ImageTree tree)
    {
        foreach (string[] words in _lines)
        {
            switch (words)
            {
                case ["file", string host]:
                    AddFile(tree, host, host);
                    break;
                case ["file", string host, string guest]:
                    AddFile(tree, host, guest);
                    break;
                case ["link", string guest, string target]:
                    tree.Add(guest, new ImageSymbolicLink(HostText.Encode(target)));
                    break;
                case ["dir", string mode, string guest]:
                    tree.Add(guest, new ImageDirectory(Convert.ToInt32(mode, 8)));
                    break;
                case ["applets", _, _]:
                    break;
                default:
                    throw new ToolException($"{_path} has a line that says nothing known: {string.Join(' ', words)}.");
            }
        }
    }

    /// <summary>Links busybox's applets, once everything else is in the tree.</summary>
    public void AddAppletsTo(ImageTree tree)
    {
        foreach (string[] words in _lines.Where(words => words is ["applets", _, _]))
        {
            foreach (string path in HostProgram.Read(words[1], ["--list-full"]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!tree.Contains(path))
                {
                    tree.Add(path, new ImageSymbolicLink(HostText.Encode(words[2])));
                }
            }
        }
    }

    private static void AddFile(ImageTree tree, string host, string guest)
    {
        if (!File.Exists(host))
        {
            throw new ToolException($"The image takes {host} from this machine, but it is not there.", "Install the Debian package that has it (packages.debian.org says which).");
        }

        tree.Add(guest, ImageFile.FromHost(host));
    }
}
