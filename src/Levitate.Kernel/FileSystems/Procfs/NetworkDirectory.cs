using Levitate.Kernel.Abi;
using Levitate.Kernel.Network.Unix;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/[pid]/net: the one network that all have.</summary>
internal sealed class NetworkDirectory : ProcDirectory
{
    /// <summary>The numbers that the directory and what is in it take.</summary>
    public const ulong Numbers = 2;

    private readonly KernelSystem _kernel;

    /// <summary>The directory; its files' numbers follow its own.</summary>
    public NetworkDirectory(ProcFileSystem fileSystem, ulong number)
        : base(fileSystem, number, 0x16d, 0, 0)
    {
        _kernel = fileSystem.Kernel;
        Add("unix", new ProcFile(fileSystem, number + 1, 0x124, 0, 0, WriteUnixSockets));
    }

    private Errno WriteUnixSockets(ProcText text, UserThread? reader)
    {
        text.AddLine("Num       RefCount Protocol Flags    Type St Inode Path");
        foreach (UnixSocket socket in _kernel.Network.UnixNames.All)
        {
            // Where a socket lies in memory is shown to no one.
            text.Add($"{0:x16}: {socket.Describe(out byte[]? name)}");
            if (name is not null)
            {
                text.Add(" ");
                foreach (byte value in name)
                {
                    text.Add([value == 0 ? (byte)'@' : value]);
                }
            }

            text.Add("\n");
        }

        return Errno.None;
    }
}
