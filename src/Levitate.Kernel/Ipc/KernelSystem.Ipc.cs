using System.Threading;
using Levitate.Kernel.Ipc;

namespace Levitate.Kernel
{
    /// <content>System V's means for processes to work together.</content>
    public sealed partial class KernelSystem
    {
        private SharedSegments? _sharedSegments;
        private SemaphoreSets? _semaphoreSets;
        private MessageQueues? _messageQueues;
        private MessageMemory? _messageMemory;

        /// <summary>The segments of shared memory.</summary>
        internal SharedSegments SharedSegments => _sharedSegments ?? LazyInitializer.EnsureInitialized(ref _sharedSegments, () => new SharedSegments(this));

        /// <summary>The sets of semaphores.</summary>
        internal SemaphoreSets SemaphoreSets => _semaphoreSets ?? LazyInitializer.EnsureInitialized(ref _semaphoreSets, () => new SemaphoreSets(this));

        /// <summary>The message queues.</summary>
        internal MessageQueues MessageQueues => _messageQueues ?? LazyInitializer.EnsureInitialized(ref _messageQueues, () => new MessageQueues(this));

        /// <summary>What messages take, those of POSIX queues included.</summary>
        internal MessageMemory MessageMemory => _messageMemory ?? LazyInitializer.EnsureInitialized(ref _messageMemory, () => new MessageMemory(Machine));
    }
}

namespace Levitate.Kernel.Processes
{
    /// <content>What it did to System V semaphores.</content>
    public sealed partial class Process
    {
        /// <summary>Whether something is to be undone when the process ends (SEM_UNDO).</summary>
        internal bool UndoesSemaphores { get; set; }

        private void UndoSemaphores()
        {
            if (UndoesSemaphores)
            {
                Kernel.SemaphoreSets.Undo(this);
            }
        }
    }
}
