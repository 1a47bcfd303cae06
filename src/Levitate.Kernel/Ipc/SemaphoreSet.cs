using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>A set of System V semaphores. The table's lock guards all of it.</summary>
/// <remarks>Linux: semget(2).</remarks>
internal sealed class SemaphoreSet(int id, int count, IpcPermissions permissions) : IIpcObject
{
    /// <summary>The largest value (SEMVMX), and adjustment (SEMAEM).</summary>
    internal const int MaximumValue = 32767;

    /// <inheritdoc/>
    public int Id { get; } = id;

    /// <inheritdoc/>
    public IpcPermissions Permissions { get; set; } = permissions;

    /// <summary>The semaphores.</summary>
    public Semaphore[] Semaphores { get; } = new Semaphore[count];

    /// <summary>What is added to each semaphore when a process ends (SEM_UNDO).</summary>
    public Dictionary<Process, int[]> Adjustments { get; } = [];

    /// <summary>Those who wait for a value.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>IPC_RMID: those who wait give up.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>The last semop in seconds since 1970.</summary>
    public long OperationTime { get; set; }

    /// <summary>The last semctl that changed something.</summary>
    public long ChangeTime { get; set; }
}

/// <summary>A semaphore.</summary>
internal struct Semaphore
{
    /// <summary>Its value.</summary>
    public int Value;

    /// <summary>The process that changed it last.</summary>
    public int LastProcess;

    /// <summary>How many wait for a larger value.</summary>
    public int WaitingForMore;

    /// <summary>How many wait for zero.</summary>
    public int WaitingForZero;
}

/// <summary>struct sembuf.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SemaphoreOperation(ushort Number, short Change, ushort Flags);

/// <summary>struct semid64_ds.</summary>
/// <remarks>Linux: semctl(2), asm/sembuf.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SemaphoreStatus(IpcPermissions Permissions, long OperationTime, ulong Unused1, long ChangeTime, ulong Unused2, ulong Count)
{
    private readonly ulong _unused3 = 0, _unused4 = 0;
}

/// <summary>struct seminfo.</summary>
/// <remarks>Linux: semctl(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SemaphoreLimits(int Map, int Sets, int Semaphores, int Undos, int PerSet, int Operations, int UndosOfProcess, int UndoBytes, int Value, int Adjustment);
