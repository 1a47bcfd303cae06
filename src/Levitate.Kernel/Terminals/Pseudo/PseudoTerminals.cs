using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Terminals;

/// <summary>The pseudo-terminals of a kernel by number; as a device, /dev/ptmx, whose opening makes one.</summary>
internal sealed class PseudoTerminals(KernelSystem kernel) : ICharacterDevice
{
    /// <summary>The major number of /dev/pts/N.</summary>
    public const uint SlaveMajor = 136;

    /// <summary>How many there may be (/proc/sys/kernel/pty/max).</summary>
    public const int Maximum = 4096;

    /// <summary>The group "tty", which owns terminals so that write(1) works, and the mode that goes with it.</summary>
    private const uint TerminalGroup = 5, TerminalPermissions = 0x190;

    /// <summary>Guards the list. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.PseudoTerminals);
    private readonly SortedList<int, PseudoTerminal> _terminals = [];

    /// <summary>Finds one.</summary>
    public PseudoTerminal? Find(int number)
    {
        using (_lock.Enter())
        {
            return _terminals.GetValueOrDefault(number);
        }
    }

    /// <summary>Finds the first with this or a higher number.</summary>
    public PseudoTerminal? FindFrom(int number)
    {
        using (_lock.Enter())
        {
            foreach (PseudoTerminal terminal in _terminals.Values)
            {
                if (terminal.Number >= number)
                {
                    return terminal;
                }
            }

            return null;
        }
    }

    /// <summary>Makes a pseudo-terminal; the description is its master.</summary>
    /// <returns>ENOSPC where there are too many.</returns>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        using (_lock.Enter())
        {
            int number = 0;
            while (number < _terminals.Count && _terminals.Keys[number] == number)
            {
                number++;
            }

            if (number < Maximum)
            {
                var terminal = new PseudoTerminal(kernel, this, number) { Name = CreateName(number, caller?.Credentials) };
                _terminals.Add(number, terminal);
                return new MasterDescription(terminal, location, flags);
            }
        }

        location.Inode.Release();
        return Errno.ENOSPC;
    }

    /// <summary>Takes a name away.</summary>
    public void Remove(PseudoTerminal terminal)
    {
        using (_lock.Enter())
        {
            terminal.Name.MarkUnlinked();
            _terminals.Remove(terminal.Number);
        }
    }

    private Dentry CreateName(int number, Credentials? opener)
    {
        const ulong FirstNumber = 3;
        FileSystem fileSystem = kernel.Files.DevptsFileSystem;
        var inode = new SpecialInode(
            fileSystem,
            FirstNumber + (ulong)number,
            FileMode.S_IFCHR | TerminalPermissions,
            opener?.FileSystemUserId ?? 0,
            TerminalGroup,
            new DeviceNumber(SlaveMajor, (uint)number),
            kernel.Files.Devices);
        return new Dentry(fileSystem.Root, Encoding.ASCII.GetBytes($"{number}"), inode);
    }
}
