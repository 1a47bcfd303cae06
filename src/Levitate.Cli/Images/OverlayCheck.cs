using System.Collections.Generic;
using System.Text;
using Levitate.Cli.Host;

namespace Levitate.Cli.Images;

/// <summary>Finds additions to an image that contradict each other: one wants a directory where another wants a file.</summary>
internal sealed class OverlayCheck
{
    // What each path is to be, the directories on the way too, and whose wish that was. Latin-1: a character a byte.
    private readonly Dictionary<string, (bool IsDirectory, string Addition)> _places = [];

    /// <summary>Takes an addition's tree; a ToolException names both additions where it contradicts an earlier one.</summary>
    public void Take(string addition, ImageTree tree)
    {
        foreach ((byte[] path, ImageNode node) in tree.Nodes)
        {
            string place = Encoding.Latin1.GetString(path);
            for (int slash = place.IndexOf('/'); slash >= 0; slash = place.IndexOf('/', slash + 1))
            {
                Claim(place[..slash], isDirectory: true, addition);
            }

            Claim(place, node is ImageDirectory, addition);
        }
    }

    private void Claim(string place, bool isDirectory, string addition)
    {
        if (_places.TryAdd(place, (isDirectory, addition)) || _places[place].IsDirectory == isDirectory)
        {
            return;
        }

        (string directory, string file) = isDirectory ? (addition, _places[place].Addition) : (_places[place].Addition, addition);
        string shown = HostText.Decode(Encoding.Latin1.GetBytes(place));
        throw new ToolException(
            $"--add {directory} wants a directory at /{shown}, and --add {file} wants a file there.",
            "Give one of them another path behind the colon; with a '/' at its end, the file keeps its name in that directory.");
    }
}
