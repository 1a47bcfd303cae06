using System;
using System.IO;

namespace Levitate.Cli.Building;

/// <summary>
/// Where a compiler keeps what it made, so that the next build makes only what changed. A compiler that was interrupted
/// leaves half a file, which is as new as a whole one: after a build that did not finish, the next begins with nothing.
/// </summary>
/// <param name="path">The directory; it need not be there.</param>
internal sealed class BuildDirectory(string path)
{
    /// <summary>The directory.</summary>
    public string Path => path;

    // Beside the directory and not inside: that one is the compiler's.
    private string Mark => path + ".unfinished";

    /// <summary>Builds in it.</summary>
    /// <param name="build">The build; when it throws, it has not finished.</param>
    /// <param name="cleansUp">Whether the build itself removes what it did not finish, so that its failure costs the rest nothing.</param>
    public void Use(Action build, bool cleansUp = false)
    {
        if (File.Exists(Mark) && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(path);
        File.WriteAllBytes(Mark, []);
        try
        {
            build();
        }
        catch (ToolException) when (cleansUp)
        {
            File.Delete(Mark);
            throw;
        }

        File.Delete(Mark);
    }
}
