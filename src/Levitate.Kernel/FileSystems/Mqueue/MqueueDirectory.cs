using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>The names of the message queues. Everybody may make some, and take their own away.</summary>
internal sealed class MqueueDirectory(MqueueFileSystem fileSystem)
    : DirectoryInode(fileSystem, fileSystem.NextNumber(), FileMode.S_ISVTX | FileMode.S_IRWXUGO, 0, 0)
{
    private NameTable _names;

    /// <inheritdoc/>
    public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller)
    {
        using (fileSystem.TreeLock.Enter())
        {
            return _names.Find(name) is { } found ? found : Errno.ENOENT;
        }
    }

    /// <inheritdoc/>
    public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (_names.Next(ref position) is not { } found)
            {
                entry = default;
                return false;
            }

            entry = new DirectoryEntry(found.Name, found.Inode.Number, found.Inode.Type);
            return true;
        }
    }

    /// <summary>Makes a queue of the usual size; nothing else can lie here.</summary>
    public override Result<Dentry> Create(Dentry self, ReadOnlySpan<byte> name, in NewFile file) =>
        (file.Mode & FileMode.S_IFMT) == FileMode.S_IFREG ? Create(null, self, name, file, MqueueAttributes.Default) : Errno.EPERM;

    /// <summary>Makes a queue of a size.</summary>
    /// <param name="caller">For whom; null: not known.</param>
    /// <param name="self">This directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="file">Owner and permissions.</param>
    /// <param name="attributes">The size, checked.</param>
    /// <returns>EEXIST, ENOSPC, EMFILE.</returns>
    internal Result<Dentry> Create(UserThread? caller, Dentry self, ReadOnlySpan<byte> name, in NewFile file, in MqueueAttributes attributes)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (_names.Find(name) is not null)
            {
                return Errno.EEXIST;
            }

            uint user = caller?.Credentials.RealUserId ?? file.UserId;
            Errno error = fileSystem.Charge(caller, user, attributes.Cost);
            if (error != Errno.None)
            {
                return error;
            }

            byte[] stored = name.ToArray();
            var dentry = new Dentry(self, stored, new MqueueInode(fileSystem, file, attributes, user));
            _names.Add(stored, dentry);
            MarkModified();
            return dentry;
        }
    }

    /// <inheritdoc/>
    public override Errno Remove(Dentry self, Dentry child, bool asDirectory)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (asDirectory)
            {
                return Errno.ENOTDIR;
            }

            if (!ReferenceEquals(_names.Find(child.Name), child))
            {
                return Errno.ENOENT;
            }

            _names.Remove(child.Name);
            child.MarkUnlinked();
            child.Inode.AddLinks(-1);
            MarkModified();
        }

        child.Inode.Release();
        return Errno.None;
    }
}
