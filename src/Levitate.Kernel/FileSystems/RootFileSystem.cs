using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;

namespace Levitate.Kernel.FileSystems;

/// <summary>The tree that the first process finds. OWNER: files. Signatures are the contract.</summary>
public static class RootFileSystem
{
    /// <summary>
    /// Mounts the root out of the boot archives, and /dev, /proc, /tmp and the like; opens the standard streams as
    /// descriptors 0, 1 and 2.
    /// </summary>
    public static Result<(FileSystemContext Context, FileTable Files)> Mount(KernelSystem kernel) => throw new NotImplementedException($"{kernel}");
}
