using System.Collections.Generic;

namespace Levitate.Kernel.Platform;

/// <summary>A piece of physical memory in whole frames that holds a cpio archive; the frames have a reference count of 1 each, which the file system takes over.</summary>
/// <param name="FirstFrame">Its first frame; the archive begins at that frame's first byte.</param>
/// <param name="Length">The archive's length in bytes.</param>
public readonly record struct ArchiveImage(FrameNumber FirstFrame, int Length);

/// <summary>A moment of the start.</summary>
/// <param name="What">What happened then.</param>
/// <param name="Nanoseconds">Since power-on.</param>
/// <param name="IdleNanoseconds">For how long of that no CPU had anything to do.</param>
public readonly record struct Milestone(string What, long Nanoseconds, long IdleNanoseconds);

/// <summary>What the host gave to the kernel at power-on.</summary>
public sealed class BootInformation
{
    /// <summary>The kernel's command line as bytes ("log=exec trace").</summary>
    public required byte[] CommandLine { get; init; }

    /// <summary>The root file system's archives, unpacked in this order: the initramfs, then the overlay of this run.</summary>
    public required IReadOnlyList<ArchiveImage> Archives { get; init; }

    /// <summary>The request: what to run, in <see cref="BootRequest"/>'s format. Empty: nothing, open a shell on the console.</summary>
    public required byte[] Request { get; init; }

    /// <summary>What happened before the kernel was entered, in its order.</summary>
    public IReadOnlyList<Milestone> Milestones { get; init; } = [];

    /// <summary>The program's standard input, output and error streams and the control channel to the host tool; null where the machine has none.</summary>
    public IByteChannel? StandardInput { get; init; }

    /// <inheritdoc cref="StandardInput"/>
    public IByteChannel? StandardOutput { get; init; }

    /// <inheritdoc cref="StandardInput"/>
    public IByteChannel? StandardError { get; init; }

    /// <summary>Guest to host: "exit N\n", "signal N\n", "error ERRNO MESSAGE\n" (the program is refused), "fail ERRNO MESSAGE\n" (the request is) end the run. Host to guest: "winsize ROWS COLUMNS\n", "endinput BYTES\n" (of the console).</summary>
    public IByteChannel? Control { get; init; }

    /// <summary>The serial or virtio console of `levitate shell` and `vm exec -it`; null where the program has streams.</summary>
    public IByteChannel? Console { get; init; }
}
