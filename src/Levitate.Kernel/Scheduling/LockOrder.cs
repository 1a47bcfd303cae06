namespace Levitate.Kernel.Scheduling;

/// <summary>
/// The kernel's locks above the floor, by what they guard, in their order: who holds one takes only later ones, and another
/// of the same kind only where that is said. <see cref="LockOrderChecks"/> watches it. The floor's own come after all of these.
/// </summary>
public enum LockOrder : byte
{
    /// <summary>No lock.</summary>
    None,

    /// <summary>Which process is to end for want of memory.</summary>
    OutOfMemory,

    /// <summary>A file position, over a whole call (<see cref="Files.FileDescription.PositionLock"/>).</summary>
    FilePosition,

    /// <summary>Which epoll watches which.</summary>
    EpollNesting,

    /// <summary>What an epoll watches, over a harvest. The outer epoll before the inner.</summary>
    Epoll,

    /// <summary>What was read ahead of a stream of the host.</summary>
    HostStreamRead,

    /// <summary>What is being written to a stream of the host.</summary>
    HostStreamWrite,

    /// <summary>The bytes in a pipe. User memory is copied with it held, so a page fault may come under it.</summary>
    Pipe,

    /// <summary>The messages in a socket, and its state. As with pipes. Never two at once.</summary>
    UnixSocket,

    /// <summary>An eventfd.</summary>
    EventDescription,

    /// <summary>Which sockets lie in which queues. No reference is dropped under it.</summary>
    FilesInFlight,

    /// <summary>That a file of an overlay is copied up. The outer overlay's copies read the inner's files, and take none of its.</summary>
    OverlayCopyUp,

    /// <summary>Writes and changes of length, one after the other.</summary>
    RegularInodeWrite,

    /// <summary>The watches and events of an inotify.</summary>
    Inotify,

    /// <summary>Who watches a file by inotify. Files tell of what was done without their own locks.</summary>
    InodeWatches,

    /// <summary>The tree of mounts.</summary>
    MountNamespace,

    /// <summary>The names of an overlay with another overlay among its layers.</summary>
    OuterOverlayTree,

    /// <summary>The names of an overlay.</summary>
    OverlayTree,

    /// <summary>The names of a tmpfs.</summary>
    TmpfsTree,

    /// <summary>The names of the POSIX message queues.</summary>
    MqueueNames,

    /// <summary>The attributes of an inode.</summary>
    Inode,

    /// <summary>Its extended attributes.</summary>
    ExtendedAttributes,

    /// <summary>Root, working directory, umask.</summary>
    FileSystemContext,

    /// <summary>The names that sockets are bound to.</summary>
    UnixNames,

    /// <summary>What the host says about the terminal.</summary>
    ConsoleListener,

    /// <summary>The table of pseudo-terminals.</summary>
    PseudoTerminals,

    /// <summary>Parents, children, groups, sessions (<see cref="Processes.FamilyLock"/>): one part, or all.</summary>
    ProcessFamily,

    /// <summary>Input, settings and session of a terminal.</summary>
    Terminal,

    /// <summary>The bytes between a terminal and its master.</summary>
    PseudoTerminal,

    /// <summary>Threads and signals of a process, the decision to exit.</summary>
    Process,

    /// <summary>The POSIX timers of a process.</summary>
    PosixTimer,

    /// <summary>Those who follow the real clock when it is set.</summary>
    ClockWatch,

    /// <summary>A timerfd.</summary>
    TimerDescription,

    /// <summary>A timer and when it is due.</summary>
    ClockTimer,

    /// <summary>The limits of a process.</summary>
    ResourceLimits,

    /// <summary>The messages of a POSIX message queue. Signals are sent after it.</summary>
    Mqueue,

    /// <summary>The objects of System V. Segments are released after it.</summary>
    Ipc,

    /// <summary>File descriptors.</summary>
    FileTable,

    /// <summary>Mappings and page table. Two only at fork, parent first.</summary>
    AddressSpace,

    /// <summary>Which files have locks.</summary>
    LockedFiles,

    /// <summary>The flock locks of a file. Nobody waits with it held.</summary>
    FileLocks,

    /// <summary>The record locks of a file.</summary>
    RecordLocks,

    /// <summary>Who waits for whose record lock.</summary>
    RecordLockWaits,

    /// <summary>The pages of a file. Taken inside of page faults: nothing that holds it touches user memory.</summary>
    PageCache,

    /// <summary>Which file of an overlay stands for which of its upper layer. Nothing is taken under it.</summary>
    OverlayInodes,

    /// <summary>What the tests want to fail.</summary>
    FaultInjection,

    /// <summary>What goes by some of the numbers of processes and threads. Nothing is taken under it.</summary>
    ProcessNumbers,

    /// <summary>Which users have threads. Nothing is taken under it.</summary>
    UserAccounts,

    /// <summary>Those who wait for some futexes. Two only at a requeue, the lower first.</summary>
    FutexBucket,

    /// <summary>Whether signals tell of a file's readiness.</summary>
    FileOwner,

    /// <summary>The epolls that watch a file.</summary>
    EpollWatchers,

    /// <summary>Those who wait for something. Two only where an epoll passes a wake-up on, the file's first.</summary>
    WaitQueue,

    /// <summary>The files that an epoll will report.</summary>
    EpollReadyList,

    /// <summary>Timers by when they are due.</summary>
    TimerQueue,

    /// <summary>The door of a thread to user mode.</summary>
    UserContext,

    /// <summary>Control messages and port names of the console.</summary>
    ConsoleDevice,

    /// <summary>Queues and buffers of a port of the console.</summary>
    ConsolePort,

    /// <summary>The processors' times as they were told last.</summary>
    ProcessorTimes,

    /// <summary>The CPU times of a process and of its threads. Nothing is taken under it.</summary>
    ProcessTimes,

    /// <summary>The state of the random generator.</summary>
    RandomGenerator,

    /// <summary>Lines of a report on the kernel's log.</summary>
    Report,

    /// <summary>A reader's place in the kernel's log.</summary>
    SyslogReader,

    /// <summary>The lines of the kernel's log. Nothing is taken under it.</summary>
    KernelLog,
}
