using System;
using System.Buffers.Text;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Terminals;

namespace Levitate.Kernel.FileSystems.Devpts;

/// <summary>/dev/pts: a name for every pseudo-terminal, which comes and goes with its master, and ptmx.</summary>
/// <remarks>Linux: pts(4); Documentation/filesystems/devpts.rst.</remarks>
internal sealed class DevptsFileSystem : FileSystem
{
    /// <summary>The directory of these terminals.</summary>
    public DevptsFileSystem(IMachine machine, PseudoTerminals terminals, CharacterDevices devices)
        : base(machine)
    {
        var directory = new TerminalDirectory(this, terminals);
        Root = new Dentry(null, [], directory);
        directory.Multiplexer = new Dentry(Root, "ptmx"u8.ToArray(), new SpecialInode(this, 2, FileMode.S_IFCHR | 0x1b6, 0, 0, new DeviceNumber(5, 2), devices));
    }

    /// <inheritdoc/>
    public override string TypeName => "devpts";

    /// <inheritdoc/>
    public override uint Magic => 0x1cd1;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    private sealed class TerminalDirectory(FileSystem fileSystem, PseudoTerminals terminals) : DirectoryInode(fileSystem, 1, 0x1ed, 0, 0)
    {
        public Dentry? Multiplexer { get; set; }

        public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller)
        {
            if (name.SequenceEqual("ptmx"u8))
            {
                return Multiplexer!;
            }

            bool isNumber = Utf8Parser.TryParse(name, out int number, out int used) && used == name.Length;
            return isNumber && terminals.Find(number) is { } terminal && name.SequenceEqual(terminal.Name.Name) ? terminal.Name : Errno.ENOENT;
        }

        public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
        {
            if (position == 0)
            {
                position = 1;
                entry = new DirectoryEntry(Multiplexer!.Name, Multiplexer.Inode.Number, FileMode.S_IFCHR);
                return true;
            }

            if (terminals.FindFrom((int)(position - 1)) is not { } found)
            {
                entry = default;
                return false;
            }

            position = found.Number + 2;
            entry = new DirectoryEntry(Encoding.ASCII.GetBytes($"{found.Number}"), found.Name.Inode.Number, FileMode.S_IFCHR);
            return true;
        }
    }
}
