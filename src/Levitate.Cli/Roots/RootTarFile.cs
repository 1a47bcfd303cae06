using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using Levitate.Cli.Host;
using Levitate.Cli.Images;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace Levitate.Cli.Roots;

/// <summary>A tar file that holds a root file system, plain or compressed by gzip, xz or zstd; its first bytes tell.</summary>
internal sealed class RootTarFile : IRootSource
{
    private const uint S_IFBLK = 0x6000;
    private const uint S_IFCHR = 0x2000;
    private const uint S_IFIFO = 0x1000;

    private readonly string _path;

    /// <summary>The names that files were packed under, for hard links.</summary>
    private readonly Dictionary<string, Packed> _packed = [];
    private uint _lastInode;

    /// <summary>Looks at the file.</summary>
    public RootTarFile(string path)
    {
        _path = path;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(HostFile.Of(HostText.Encode(path)).Identity));
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    private sealed record Packed(long Entry, CpioHeader Header, byte[] LinkText)
    {
        public uint Links { get; set; } = 1;
    }

    /// <inheritdoc/>
    public void Pack(CpioStream archive, PackingProgress progress)
    {
        try
        {
            using FileStream file = File.OpenRead(_path);
            using Stream content = Decompress(file);
            using var reader = new TarReader(content);
            while (reader.GetNextEntry() is { } entry)
            {
                Pack(archive, entry, progress);
                progress.Add(files: 1, bytes: 0);
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or FormatException or SharpCompress.Common.SharpCompressException or ZstdException)
        {
            throw new ToolException($"{_path} is no tar file that can be read: {failure.Message.TrimEnd('.')}.", "--rootfs takes a directory, or a tar file, which may be compressed by gzip, xz or zstd.");
        }
    }

    private static Stream Decompress(FileStream file)
    {
        Span<byte> magic = stackalloc byte[6];
        int length = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        file.Position = 0;
        magic = magic[..length];
        return magic switch
        {
            [0x1f, 0x8b, ..] => new GZipStream(file, CompressionMode.Decompress),
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => new XZStream(file),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => new DecompressionStream(file),
            _ => file,
        };
    }

    private void Pack(CpioStream archive, TarEntry entry, PackingProgress progress)
    {
        string name = Clean(entry.Name);
        byte[] path = HostText.Encode(name.Length == 0 ? "." : name);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                PackFile(archive, name, path, entry, progress);
                break;
            case TarEntryType.Directory:
                archive.Write(path, Header(entry, HostFile.S_IFDIR), default);
                break;
            case TarEntryType.SymbolicLink:
                PackOther(archive, name, path, Header(entry, HostFile.S_IFLNK), HostText.Encode(entry.LinkName));
                break;
            case TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo:
                uint type = entry.EntryType switch { TarEntryType.CharacterDevice => S_IFCHR, TarEntryType.BlockDevice => S_IFBLK, _ => S_IFIFO };
                PackOther(archive, name, path, Header(entry, type), []);
                break;
            case TarEntryType.HardLink:
                PackHardLink(archive, name, path, entry);
                break;
            case TarEntryType.GlobalExtendedAttributes:
                break;
            default:
                throw new ToolException($"{_path} has an entry of a kind that is not known, {entry.EntryType}: {entry.Name}.", "Pack it by GNU tar without --sparse and --multi-volume.");
        }
    }

    private void PackFile(CpioStream archive, string name, byte[] path, TarEntry entry, PackingProgress progress)
    {
        CpioHeader header = Header(entry, HostFile.S_IFREG);
        _packed[name] = new Packed(archive.BeginFile(path, header, progress.CheckLength(entry.Length, archive.Position)), header, []);
        byte[] buffer = progress.Buffer;
        for (int count; entry.DataStream is { } data && (count = data.Read(buffer)) > 0;)
        {
            archive.WriteContent(buffer.AsSpan(0, count));
            progress.Add(files: 0, count);
        }

        archive.EndContent();
    }

    private void PackOther(CpioStream archive, string name, byte[] path, CpioHeader header, byte[] linkText)
    {
        _packed[name] = new Packed(archive.Position, header, linkText);
        archive.Write(path, header, linkText);
    }

    /// <summary>The data went with the first name; that there are more is written into its header now.</summary>
    private void PackHardLink(CpioStream archive, string name, byte[] path, TarEntry entry)
    {
        string target = Clean(entry.LinkName);
        if (!_packed.TryGetValue(target, out Packed? packed))
        {
            throw new ToolException($"{_path} has a hard link to something that does not stand before it: {entry.Name}.");
        }

        archive.SetLinks(packed.Entry, ++packed.Links);
        archive.Write(path, packed.Header with { Links = packed.Links }, packed.LinkText);
        _packed[name] = packed;
    }

    private CpioHeader Header(TarEntry entry, uint type) => new(++_lastInode, type | ((uint)entry.Mode & 0xFFF), type == HostFile.S_IFDIR ? 2u : 1u)
    {
        UserId = (uint)entry.Uid,
        GroupId = (uint)entry.Gid,
        Time = (uint)Math.Clamp(entry.ModificationTime.ToUnixTimeSeconds(), 0, uint.MaxValue),
        Device = entry is PosixTarEntry posix ? ((uint)posix.DeviceMajor, (uint)posix.DeviceMinor) : default,
    };

    private string Clean(string name)
    {
        string[] parts = [.. name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        return parts.Contains("..") || name.Contains('\uFFFD', StringComparison.Ordinal)
            ? throw new ToolException($"{_path} has a name that leaves the root, or is not UTF-8: {name}.", "Unpack it, and give the directory.")
            : string.Join('/', parts);
    }
}
