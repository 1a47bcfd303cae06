using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace Levitate.Cli.Building;

/// <summary>Lets one tool at a time make a thing that several use; others wait for it.</summary>
internal static class BuildLock
{
    private const int RetryMilliseconds = 100;
    private static readonly TimeSpan s_quietWait = TimeSpan.FromSeconds(1);

    /// <summary>Takes the lock of all that is built in a repository; disposing gives it back, and so does the process's end, with which its compilers end.</summary>
    public static IDisposable Take(Workspace workspace, Progress progress)
    {
        Directory.CreateDirectory(workspace.Artifacts);
        return Take(Path.Combine(workspace.Artifacts, "build.lock"), progress);
    }

    /// <summary>Takes the lock that is a file, in a folder that is there. A wait of over a second is told.</summary>
    public static IDisposable Take(string path, Progress progress)
    {
        long start = Stopwatch.GetTimestamp();
        for (bool told = false; ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told && Stopwatch.GetElapsedTime(start) >= s_quietWait)
                {
                    told = true;
                    progress.Note("Waiting for another ./levitate that is building here");
                }

                Thread.Sleep(RetryMilliseconds);
            }
        }
    }
}
