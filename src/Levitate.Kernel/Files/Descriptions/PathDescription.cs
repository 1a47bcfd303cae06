using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>What O_PATH opens: a place in the tree, neither to be read nor written. All but a few calls answer EBADF.</summary>
internal sealed class PathDescription(Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument) => Errno.EBADF;

    /// <inheritdoc/>
    public override Result<Memory.IMappableFile?> GetMappable() => Errno.EBADF;
}
