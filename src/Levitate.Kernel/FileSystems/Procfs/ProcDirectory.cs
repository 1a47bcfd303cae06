using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>
/// A directory of /proc: fixed entries, and those that <see cref="FindMore"/> and <see cref="ReadMore"/> know. Names are
/// made when they are looked up and forgotten when nobody has them; fixed ones that <see cref="FixedEntries"/> gives are made
/// when the first of them is looked up, so that power-on does not wait for what few programs read.
/// </summary>
internal abstract class ProcDirectory(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId)
    : DirectoryInode(fileSystem, number, permissions, userId, groupId)
{
    /// <summary>Positions below are of fixed entries.</summary>
    private const long FirstMore = 1 << 10;

    private List<(byte[] Name, Inode Inode)>? _entries;

    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) => Errno.EPERM;

    /// <inheritdoc/>
    public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller)
    {
        foreach ((byte[] entry, Inode inode) in Entries)
        {
            if (name.SequenceEqual(entry))
            {
                return new Dentry(self, entry, inode);
            }
        }

        return FindMore(name, caller) is { } found ? new Dentry(self, name.ToArray(), found) : Errno.ENOENT;
    }

    /// <inheritdoc/>
    public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        if (position < Entries.Count)
        {
            (byte[] name, Inode inode) = Entries[(int)position++];
            entry = new DirectoryEntry(name, inode.Number, inode.Type);
            return true;
        }

        long more = Math.Max(position - FirstMore, 0);
        bool found = ReadMore(ref more, out entry, caller);
        position = more + FirstMore;
        return found;
    }

    /// <inheritdoc/>
    public override Result<Dentry> Create(Dentry self, ReadOnlySpan<byte> name, in NewFile file) => Errno.ENOENT;

    /// <summary>Adds a fixed entry; only while the directory is being made.</summary>
    protected void Add(string name, Inode inode) => (_entries ??= []).Add((Encoding.ASCII.GetBytes(name), inode));

    /// <summary>Fixed entries of a directory to which none were added.</summary>
    protected virtual IEnumerable<(string Name, Inode Inode)> FixedEntries() => [];

    // Of two threads that look first, one makes them in vain.
    private List<(byte[] Name, Inode Inode)> Entries => Volatile.Read(ref _entries) ?? LazyInitializer.EnsureInitialized(
        ref _entries, () => [.. FixedEntries().Select(static entry => (Encoding.ASCII.GetBytes(entry.Name), entry.Inode))]);

    /// <summary>Finds a name that is not fixed.</summary>
    protected virtual Inode? FindMore(ReadOnlySpan<byte> name, UserThread? caller) => null;

    /// <summary>Reads an entry that is not fixed; the position begins at 0.</summary>
    protected virtual bool ReadMore(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        entry = default;
        return false;
    }

    /// <summary>A name that is a decimal number without leading zeros.</summary>
    protected static bool TryParseNumber(ReadOnlySpan<byte> name, out int number) =>
        System.Buffers.Text.Utf8Parser.TryParse(name, out number, out int used) && used == name.Length && number >= 0 && (name[0] != '0' || name.Length == 1) && name[0] != '+';

    /// <summary>The name of a number.</summary>
    protected static byte[] NumberName(long number) => Encoding.ASCII.GetBytes($"{number}");
}
