using System;
using System.Collections.Generic;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>A process: what its threads share. OWNER: processes. Members named here are the contract.</summary>
public sealed class Process
{
    /// <summary>The kernel that this process runs in.</summary>
    public required KernelSystem Kernel { get; init; }

    /// <summary>The machine below.</summary>
    public IMachine Machine => Kernel.Machine;

    /// <summary>The process ID (its thread group's leader's thread ID).</summary>
    public required int ProcessId { get; init; }

    /// <summary>The parent; the kernel's init (process 1) has none.</summary>
    public Process? Parent { get; set; }

    /// <summary>Its memory. Replaced by execve through <see cref="ReplaceAddressSpace"/>.</summary>
    public required AddressSpace AddressSpace { get; set; }

    /// <summary>Its open files.</summary>
    public required FileTable Files { get; set; }

    /// <summary>Root, working directory, umask.</summary>
    public required FileSystemContext FileSystem { get; set; }

    /// <summary>User and group IDs, capabilities.</summary>
    public required Credentials Credentials { get; set; }

    /// <summary>Limits (setrlimit).</summary>
    public required ResourceLimits Limits { get; init; }

    /// <summary>The program file's path, for /proc/[pid]/exe.</summary>
    public byte[] ExecutablePath { get; set; } = [];

    /// <summary>The program's name, at most 15 bytes, for /proc/[pid]/stat (comm).</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Where the argument and environment strings lie in memory (first byte, first byte past), for /proc/[pid]/cmdline and environ.</summary>
    public (UserAddress Start, UserAddress End) ArgumentArea { get; set; }

    /// <inheritdoc cref="ArgumentArea"/>
    public (UserAddress Start, UserAddress End) EnvironmentArea { get; set; }

    /// <summary>The auxiliary vector as the program got it, for /proc/[pid]/auxv.</summary>
    public byte[] AuxiliaryVector { get; set; } = [];

    /// <summary>The live threads; a snapshot.</summary>
    public IReadOnlyList<UserThread> Threads => throw new NotImplementedException();

    /// <summary>
    /// For execve, the last step that may fail: ends every thread but <paramref name="survivor"/>, which takes over the
    /// process ID as its thread ID, and waits until they are gone.
    /// </summary>
    /// <returns>EAGAIN where another thread ends the process or replaces its program at the same time: the survivor is then being ended itself.</returns>
    public Abi.Errno EndOtherThreads(UserThread survivor) => throw new NotImplementedException($"{survivor}");

    /// <summary>
    /// For execve, past the point of no return: what a new program does not inherit. Caught signals get their default
    /// action, the alternate signal stack, the robust list, clear_child_tid and POSIX timers are gone, a vfork parent goes on.
    /// </summary>
    public void ResetForNewProgram(UserThread caller) => throw new NotImplementedException($"{caller}");

    /// <summary>Puts a new program's memory in the place of the old; called by execve at its point of no return, with one thread left.</summary>
    public void ReplaceAddressSpace(AddressSpace replacement) => throw new NotImplementedException($"{replacement}");
}
