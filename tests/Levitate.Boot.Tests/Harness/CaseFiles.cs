using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace Levitate.Boot.Tests.Harness;

/// <summary>Writes the files of cases on the host.</summary>
internal static class CaseFiles
{
    private static int s_count;

    /// <summary>Writes files into a new folder and returns it. Folders are left for whoever looks into a failure.</summary>
    public static string Write(IEnumerable<GuestFile> files)
    {
        string folder = Path.Combine(Repository.Scratch, "files", Interlocked.Increment(ref s_count).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        foreach (GuestFile file in files)
        {
            string path = Path.Combine(folder, file.Name);
            File.WriteAllBytes(path, file.Content);
            File.SetUnixFileMode(path, file.IsExecutable
                ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
                : UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return folder;
    }
}
