using System;
using System.IO;
using System.Threading;

namespace Levitate.Cli.Building;

/// <summary>Lets one tool at a time build in a repository; others wait for it.</summary>
internal static class BuildLock
{
    private const int RetryMilliseconds = 100;

    /// <summary>Takes the lock; disposing gives it back, and so does the process's end, with which its compilers end.</summary>
    public static IDisposable Take(Workspace workspace, Progress progress)
    {
        Directory.CreateDirectory(workspace.Artifacts);
        string path = Path.Combine(workspace.Artifacts, "build.lock");
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told)
                {
                    progress.Note("Waiting for another ./levitate that is building here");
                }

                Thread.Sleep(RetryMilliseconds);
            }
        }
    }
}
