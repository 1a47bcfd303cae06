using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Levitate.Cli.Host;

namespace Levitate.Cli.Roots;

/// <summary>A file of this machine as lstat(2) shows it. Paths are bytes: .NET's own calls take no name that is not UTF-8.</summary>
internal readonly struct HostFile
{
    public const uint S_IFMT = 0xF000;
    public const uint S_IFDIR = 0x4000;
    public const uint S_IFLNK = 0xA000;
    public const uint S_IFREG = 0x8000;

    private const int StatusSize = 144;
    private const int O_RDONLY = 0, O_NOFOLLOW = 0x20000, O_CLOEXEC = 0x80000;
    private const int DirectoryEntryNameOffset = 19;

    private HostFile(byte[] path, byte[] status)
    {
        Path = path;
        ReadOnlySpan<byte> fields = status;
        Device = BinaryPrimitives.ReadUInt64LittleEndian(fields);
        Inode = BinaryPrimitives.ReadUInt64LittleEndian(fields[8..]);
        Links = BinaryPrimitives.ReadUInt64LittleEndian(fields[16..]);
        Mode = BinaryPrimitives.ReadUInt32LittleEndian(fields[24..]);
        UserId = BinaryPrimitives.ReadUInt32LittleEndian(fields[28..]);
        GroupId = BinaryPrimitives.ReadUInt32LittleEndian(fields[32..]);
        Node = BinaryPrimitives.ReadUInt64LittleEndian(fields[40..]);
        Size = BinaryPrimitives.ReadInt64LittleEndian(fields[48..]);
        ModificationSeconds = BinaryPrimitives.ReadInt64LittleEndian(fields[88..]);

        // Size, all times but the last access's, mode, owners, numbers: what changes when the file does.
        Identity = [.. fields[..52], .. fields[88..120]];
    }

    /// <summary>Its path.</summary>
    public byte[] Path { get; }

    /// <summary>st_dev.</summary>
    public ulong Device { get; }

    /// <summary>st_ino.</summary>
    public ulong Inode { get; }

    /// <summary>st_nlink.</summary>
    public ulong Links { get; }

    /// <summary>Type and permissions.</summary>
    public uint Mode { get; }

    /// <summary>The owner.</summary>
    public uint UserId { get; }

    /// <summary>The group.</summary>
    public uint GroupId { get; }

    /// <summary>st_rdev.</summary>
    public ulong Node { get; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>The last change of content, in seconds since 1970.</summary>
    public long ModificationSeconds { get; }

    /// <summary>Bytes that are others when the file is another, or was changed.</summary>
    public byte[] Identity { get; }

    /// <summary>The type bits of <see cref="Mode"/>.</summary>
    public uint Type => Mode & S_IFMT;

    /// <summary>Looks at a file without following a symbolic link.</summary>
    public static HostFile Of(byte[] path)
    {
        byte[] status = new byte[StatusSize];
        Check(LStat([.. path, 0], status), path);
        return new HostFile(path, status);
    }

    /// <summary>The names in a directory in the order of their bytes, without "." and "..".</summary>
    public List<byte[]> ReadNames()
    {
        nint directory = OpenDirectory([.. Path, 0]);
        if (directory == 0)
        {
            Check(-1, Path);
        }

        var names = new List<byte[]>();
        for (nint entry = ReadDirectory(directory); entry != 0; entry = ReadDirectory(directory))
        {
            int length = 0;
            while (Marshal.ReadByte(entry, DirectoryEntryNameOffset + length) != 0)
            {
                length++;
            }

            byte[] name = new byte[length];
            Marshal.Copy(entry + DirectoryEntryNameOffset, name, 0, length);
            if (!name.AsSpan().SequenceEqual("."u8) && !name.AsSpan().SequenceEqual(".."u8))
            {
                names.Add(name);
            }
        }

        _ = CloseDirectory(directory);
        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    /// <summary>A symbolic link's text.</summary>
    public byte[] ReadLink()
    {
        byte[] text = new byte[4096];
        nint length = ReadLink([.. Path, 0], text, text.Length);
        Check((int)length, Path);
        return text[..(int)length];
    }

    /// <summary>Opens it for reading.</summary>
    public Descriptor Open()
    {
        int number = Open([.. Path, 0], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        Check(number, Path);
        return new Descriptor(number);
    }

    private static void Check(int result, byte[] path)
    {
        if (result < 0)
        {
            string reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            throw new ToolException($"{HostText.Decode(path)} cannot be read: {reason}.", "A root file system with files of root's is packed by root; or give a tar file of it.");
        }
    }

    [DllImport("libc", EntryPoint = "lstat", SetLastError = true)]
    private static extern int LStat(byte[] path, byte[] status);

    [DllImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static extern nint OpenDirectory(byte[] path);

    [DllImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static extern nint ReadDirectory(nint directory);

    [DllImport("libc", EntryPoint = "closedir", SetLastError = true)]
    private static extern int CloseDirectory(nint directory);

    [DllImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static extern nint ReadLink(byte[] path, byte[] text, nint size);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);
}
