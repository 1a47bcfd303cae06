using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using Levitate.Cli.Host;
using Levitate.Cli.Images;

namespace Levitate.Cli.Roots;

/// <summary>A directory of this machine that is a root file system. What is mounted in it is not taken, but its place is.</summary>
internal sealed class HostDirectory : IRootSource
{
    private readonly List<(byte[] Name, HostFile File)> _files = [];

    /// <summary>Looks at everything in it.</summary>
    public HostDirectory(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        HostFile root = HostFile.Of(HostText.Encode(path + "/."));
        hash.AppendData(root.Identity);
        _files.Add(([(byte)'.'], root));
        Collect(root, [], hash);
        Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public void Pack(CpioStream archive, PackingProgress progress)
    {
        var inodes = new Dictionary<ulong, uint>();
        uint lastInode = 0;
        foreach ((byte[] name, HostFile file) in _files)
        {
            bool isShared = file.Links > 1 && file.Type != HostFile.S_IFDIR;
            bool isKnown = isShared && inodes.TryGetValue(file.Inode, out uint inode);
            inode = isKnown ? inodes[file.Inode] : ++lastInode;
            if (isShared)
            {
                inodes[file.Inode] = inode;
            }

            var header = new CpioHeader(inode, file.Mode, (uint)Math.Min(file.Links, uint.MaxValue))
            {
                UserId = file.UserId,
                GroupId = file.GroupId,
                Time = (uint)Math.Clamp(file.ModificationSeconds, 0, uint.MaxValue),
                Device = (Major(file.Node), Minor(file.Node)),
            };
            if (file.Type == HostFile.S_IFLNK)
            {
                archive.Write(name, header, file.ReadLink());
            }
            else if (file.Type == HostFile.S_IFREG && !isKnown)
            {
                PackFile(archive, name, header, file, progress);
            }
            else
            {
                archive.Write(name, header, default);
            }

            progress.Add(files: 1, bytes: 0);
        }
    }

    /// <summary>Exactly as many bytes as the header says: a file that is written to meanwhile is packed again the next time.</summary>
    private static void PackFile(CpioStream archive, byte[] name, CpioHeader header, HostFile file, PackingProgress progress)
    {
        archive.BeginFile(name, header, progress.CheckLength(file.Size, archive.Position));
        byte[] buffer = progress.Buffer;
        long left = file.Size;
        if (left > 0)
        {
            using Descriptor content = file.Open();
            for (int count = -1; left > 0 && count != 0; left -= count)
            {
                count = content.Read(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
                archive.WriteContent(buffer.AsSpan(0, count));
                progress.Add(files: 0, count);
            }

            Array.Clear(buffer);
            for (; left > 0; left -= Math.Min(left, buffer.Length))
            {
                archive.WriteContent(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
            }
        }

        archive.EndContent();
    }

    private void Collect(HostFile directory, byte[] prefix, IncrementalHash hash)
    {
        foreach (byte[] entry in directory.ReadNames())
        {
            HostFile file = HostFile.Of([.. directory.Path, (byte)'/', .. entry]);
            byte[] name = [.. prefix, .. entry];
            hash.AppendData(name);
            hash.AppendData([0]);
            hash.AppendData(file.Identity);
            _files.Add((name, file));
            if (file.Type == HostFile.S_IFDIR && file.Device == directory.Device)
            {
                Collect(file, [.. name, (byte)'/'], hash);
            }
        }
    }

    // The C library's makedev(3) numbers.
    private static uint Major(ulong node) => (uint)(((node >> 8) & 0xfff) | ((node >> 32) & 0xfffff000));

    private static uint Minor(ulong node) => (uint)((node & 0xff) | ((node >> 12) & 0xffffff00));
}
