using System.Threading;

namespace Levitate.Kernel.Files.Inotify;

/// <summary>What all watchers together may take of the kernel's heap.</summary>
internal sealed class InotifyLimits
{
    /// <summary>Linux's usual fs.inotify.max_user_instances, here of all users together.</summary>
    internal const int MaximumWatchers = 128;

    /// <summary>fs.inotify.max_user_watches, likewise.</summary>
    internal const int MaximumWatches = 16384;
    private const long MaximumEventBytes = 4 << 20;

    private int _watchers;
    private int _watches;
    private long _eventBytes;

    /// <summary>Counts a watcher; false where there are too many.</summary>
    public bool TryAddWatcher() => Interlocked.Increment(ref _watchers) <= MaximumWatchers || Interlocked.Decrement(ref _watchers) < 0;

    /// <summary>A watcher is gone.</summary>
    public void RemoveWatcher() => Interlocked.Decrement(ref _watchers);

    /// <summary>Counts a watch; false where there are too many.</summary>
    public bool TryAddWatch() => Interlocked.Increment(ref _watches) <= MaximumWatches || Interlocked.Decrement(ref _watches) < 0;

    /// <summary>A watch is gone.</summary>
    public void RemoveWatch() => Interlocked.Decrement(ref _watches);

    /// <summary>Counts what an event that waits to be read takes; false where that is too much.</summary>
    public bool TryAddEvent(long bytes)
    {
        if (Interlocked.Add(ref _eventBytes, bytes) <= MaximumEventBytes)
        {
            return true;
        }

        Interlocked.Add(ref _eventBytes, -bytes);
        return false;
    }

    /// <summary>Events are gone.</summary>
    public void RemoveEvents(long bytes) => Interlocked.Add(ref _eventBytes, -bytes);
}
