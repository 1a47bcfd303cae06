using System;
using System.Collections.Generic;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>
/// How epolls may watch each other: in no circle, not too deep, and so that no file's wake-up takes too many ways. Each epoll
/// is gone to once, however many ways lead to it. All of it is called under the lock of <see cref="FileServices.EpollNesting"/>.
/// </summary>
/// <remarks>Linux: epoll_ctl(2), ELOOP and EINVAL; ep_loop_check and reverse_path_check in fs/eventpoll.c.</remarks>
internal static class EpollNesting
{
    /// <summary>How many times an epoll may watch another, from the lowest to the highest.</summary>
    private const int MaximumDepth = 4;

    /// <summary>How many ways may lead from a file over one, two, ... more epolls than the one that watches it; over that one alone any number.</summary>
    private static readonly int[] s_pathLimits = [int.MaxValue, 500, 100, 50, 10];

    /// <summary>Whether an epoll may begin to watch another: neither a circle comes of it nor too high a pile.</summary>
    public static bool MayWatch(EpollDescription outer, EpollDescription inner)
    {
        int below = DepthBelow(inner, outer, 0, []);
        return below <= MaximumDepth && below + 1 + HeightAbove(outer, 0, []) <= MaximumDepth;
    }

    /// <summary>Whether not too many ways lead up from a file; for an epoll: from any of the files that it reaches.</summary>
    public static bool HasFewPaths(FileDescription file)
    {
        if (file is not EpollDescription top)
        {
            return HasFewPaths(file, 0, new int[s_pathLimits.Length]);
        }

        var seen = new HashSet<FileDescription> { top };
        var unvisited = new Stack<EpollDescription>([top]);
        while (unvisited.TryPop(out EpollDescription? epoll))
        {
            foreach (FileDescription watched in epoll.WatchedFiles())
            {
                if (!seen.Add(watched))
                {
                    continue;
                }

                if (watched is EpollDescription inner)
                {
                    unvisited.Push(inner);
                }
                else if (!HasFewPaths(watched, 0, new int[s_pathLimits.Length]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>How many epolls lie one below the other under this one; more than are allowed where a certain one is among them.</summary>
    private static int DepthBelow(EpollDescription epoll, EpollDescription forbidden, int depth, Dictionary<EpollDescription, int> known)
    {
        if (epoll == forbidden || depth > MaximumDepth)
        {
            return MaximumDepth + 1;
        }

        if (known.TryGetValue(epoll, out int below))
        {
            return below;
        }

        foreach (FileDescription file in epoll.WatchedFiles())
        {
            if (file is EpollDescription inner)
            {
                below = Math.Max(below, DepthBelow(inner, forbidden, depth + 1, known) + 1);
                if (below > MaximumDepth)
                {
                    break;
                }
            }
        }

        known.Add(epoll, below);
        return below;
    }

    /// <summary>How many epolls watch one the other above this one.</summary>
    private static int HeightAbove(EpollDescription epoll, int height, Dictionary<EpollDescription, int> known)
    {
        if (height > MaximumDepth)
        {
            return MaximumDepth + 1;
        }

        if (known.TryGetValue(epoll, out int above))
        {
            return above;
        }

        foreach (EpollDescription outer in epoll.WatchingEpolls())
        {
            above = Math.Max(above, HeightAbove(outer, height + 1, known) + 1);
        }

        known.Add(epoll, above);
        return above;
    }

    private static bool HasFewPaths(FileDescription file, int length, int[] counts)
    {
        if (length >= s_pathLimits.Length)
        {
            return false;
        }

        foreach (EpollDescription epoll in file.WatchingEpolls())
        {
            bool isFine = epoll.IsWatchedByEpoll ? HasFewPaths(epoll, length + 1, counts) : ++counts[length] <= s_pathLimits[length];
            if (!isFine)
            {
                return false;
            }
        }

        return true;
    }
}
