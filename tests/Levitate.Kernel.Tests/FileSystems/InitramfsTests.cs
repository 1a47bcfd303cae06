using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

public sealed class InitramfsTests : IDisposable
{
    private readonly UnpackedTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Files_of_all_types_come_out_with_their_attributes()
    {
        byte[] archive = new CpioBuilder()
            .Directory(".", 0x41c0).Directory("dir", 0x43ff).File("dir/file", "content").Link("link", "dir/file")
            .Device("null", 0x21b6, 1, 3).Entry("fifo", 0x1180, default).Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Equal("content", _tree.Text("/dir/file"));
        Inode file = _tree.Find("/dir/file");
        Assert.Equal((0x81a4u, 7u, 8u, 1u), (file.Mode, file.UserId, file.GroupId, file.LinkCount));
        Assert.Equal(1_000_000_000L * 1_000_000_000, file.ModificationTime);
        Assert.Equal(1_000_000_000L * 1_000_000_000, _tree.Find("/dir").ModificationTime);
        Assert.Equal(0x43ffu, _tree.Find("/dir").Mode);
        Assert.Equal(0x41c0u, _tree.FileSystem.Root.Inode.Mode);
        Assert.Equal("dir/file", Encoding.ASCII.GetString(((LinkInode)_tree.Find("/link")).ReadText(null).Value.Span));
        Assert.Equal(new DeviceNumber(1, 3), _tree.Find("/null").DeviceIdentity);
        Assert.Equal(FileMode.S_IFIFO, _tree.Find("/fifo").Type);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(20000)]
    public void Page_aligned_data_is_used_in_place(int length)
    {
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        byte[] archive = new CpioBuilder().File("first", data, aligned: true).File("second", "x").Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        FrameNumber frame = _tree.File("/first").Pages.GetPage(0).Value;
        Assert.Equal(_tree.LastImage.FirstFrame.Value + 1, frame.Value);
        _tree.Machine.Frames.Release(frame);
        Assert.Equal(Encoding.Latin1.GetString(data), _tree.Text("/first"));
        Assert.Equal("x", _tree.Text("/second"));

        // What a mapping shows past the end of file is zeros, not the next header.
        FrameNumber last = _tree.File("/first").Pages.GetPage((length - 1) / 4096).Value;
        int tail = length % 4096;
        Assert.True(tail == 0 || !_tree.Machine.Frames.Bytes(last)[tail..].ContainsAnyExcept((byte)0));
        _tree.Machine.Frames.Release(last);
    }

    [Fact]
    public void Frames_that_belong_to_no_file_are_released_and_the_others_with_their_file()
    {
        long free = _tree.Machine.Frames.FreeFrames;
        byte[] archive = new CpioBuilder().File("a", new byte[10000], aligned: true).File("b", new byte[5000], aligned: true).Trailer().Zeros(8192).ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Equal(free - 3 - 2, _tree.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void An_aligned_file_that_a_later_entry_replaces_is_released()
    {
        byte[] archive = new CpioBuilder().File("a", new byte[10000], aligned: true).File("a", "new").Trailer().ToArray();
        long free = _tree.Machine.Frames.FreeFrames;
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Equal("new", _tree.Text("/a"));
        Assert.Equal(free - 1, _tree.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void Hard_links_share_one_file_wherever_its_data_stands()
    {
        byte[] archive = new CpioBuilder()
            .File("one", default, links: 3, number: 99).File("two", default, links: 3, number: 99).File("three", "shared"u8, links: 3, number: 99)
            .Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Same(_tree.Find("/one"), _tree.Find("/three"));
        Assert.Equal(3u, _tree.Find("/two").LinkCount);
        Assert.Equal("shared", _tree.Text("/one"));
    }

    [Fact]
    public void Several_archives_with_zeros_between_are_unpacked_and_their_inode_numbers_are_apart()
    {
        byte[] first = new CpioBuilder().File("a", "1"u8, links: 2, number: 5).Trailer().ToArray();
        byte[] second = new CpioBuilder().File("b", "2"u8, links: 2, number: 5).Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack([.. first, .. new byte[512], .. second, .. new byte[100]]));
        Assert.Equal("1", _tree.Text("/a"));
        Assert.Equal("2", _tree.Text("/b"));
    }

    [Fact]
    public void A_second_image_is_laid_over_the_first()
    {
        Assert.Equal(Errno.None, _tree.Unpack(new CpioBuilder().Directory("etc").File("etc/a", "old").File("etc/b", "kept").Trailer().ToArray()));
        Assert.Equal(Errno.None, _tree.Unpack(new CpioBuilder().File("etc/a", "new").File("etc/c", "added").Trailer().ToArray()));
        Assert.Equal(("new", "kept", "added"), (_tree.Text("/etc/a"), _tree.Text("/etc/b"), _tree.Text("/etc/c")));
    }

    [Fact]
    public void Missing_parents_are_made_and_links_among_them_are_followed_within_the_root()
    {
        byte[] archive = new CpioBuilder().Directory("usr").Link("lib", "usr/lib").File("usr/lib/x/y/file", "deep").File("/lib/../lib", "").ToArray();
        Assert.Equal(Errno.EINVAL, _tree.Unpack(archive));
        Assert.Equal("deep", _tree.Text("/usr/lib/x/y/file"));
        archive = new CpioBuilder().File("lib/abs", "1").File("//etc//conf", "2").Link("out", "/../..").File("out/inside", "3").Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Equal("1", _tree.Text("/usr/lib/abs"));
        Assert.Equal("2", _tree.Text("/etc/conf"));
        Assert.Equal("3", _tree.Text("/inside"));
    }

    [Fact]
    public void Files_that_nobody_looked_for_are_there_all_the_same()
    {
        byte[] archive = new CpioBuilder()
            .Directory("d").File("d/c", new byte[5000], aligned: true).Link("d/a", "c").File("d/b", default, aligned: true).Trailer().ToArray();
        long files = _tree.FileSystem.Usage.FreeFiles;
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        long left = _tree.FileSystem.Usage.FreeFiles;
        Assert.InRange(left, files - 5, files - 4);

        Dentry root = _tree.FileSystem.Root;
        Dentry directory = ((DirectoryInode)root.Inode).Lookup(root, "d"u8, null).Value;
        var inode = (DirectoryInode)directory.Inode;
        Assert.Equal(5 * 20, inode.Size);
        Assert.Equal(Errno.ENOTEMPTY, ((DirectoryInode)root.Inode).Remove(root, directory, asDirectory: true));
        Assert.Equal(Errno.EEXIST, inode.Create(directory, "a"u8, new NewFile(FileMode.S_IFREG | 0x1ff, 0, 0)).Error);
        Assert.Equal(5000, _tree.Find("/d/a").Size == 1 ? _tree.Find("/d/c").Size : 0);
        Assert.Equal(left, _tree.FileSystem.Usage.FreeFiles);
    }

    [Fact]
    public void A_directory_is_read_in_the_order_of_its_archive()
    {
        var archive = new CpioBuilder().Directory("d");
        string[] names = [.. Enumerable.Range(0, 600).Select(number => $"{number * 7 % 600}")];
        foreach (string name in names)
        {
            archive.File($"d/{name}", default, aligned: true);
        }

        Assert.Equal(Errno.None, _tree.Unpack(archive.Trailer().ToArray()));
        var found = new List<string>();
        long position = 0;
        while (((DirectoryInode)_tree.Find("/d")).Read(ref position, out DirectoryEntry entry, null))
        {
            found.Add(Encoding.Latin1.GetString(entry.Name.Span));
        }

        Assert.Equal(names, found);
    }

    [Fact]
    public void A_file_that_nobody_looked_for_is_replaced_by_a_rename_and_its_frames_go()
    {
        byte[] archive = new CpioBuilder().File("old", new byte[9000], aligned: true).File("new", new byte[1], aligned: true).Trailer().ToArray();
        long free = _tree.Machine.Frames.FreeFrames;
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        Assert.Equal(free - 3 - 1, _tree.Machine.Frames.FreeFrames);
        Dentry root = _tree.FileSystem.Root;
        var inode = (DirectoryInode)root.Inode;
        Dentry replaced = inode.Lookup(root, "old"u8, null).Value, moved = inode.Lookup(root, "new"u8, null).Value;
        Assert.Equal(Errno.None, inode.Rename(root, moved, root, "old"u8, replaced, RenameFlags.None));
        Assert.Equal(free - 1, _tree.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void Checksums_are_verified()
    {
        byte[] archive = new CpioBuilder { WithChecksums = true }.File("a", "data").Trailer().ToArray();
        Assert.Equal(Errno.None, _tree.Unpack(archive));
        archive[^200] ^= 1;
        int at = archive.AsSpan().IndexOf("data"u8);
        archive = new CpioBuilder { WithChecksums = true }.File("a", "data").Trailer().ToArray();
        archive[at] ^= 1;
        Assert.Equal(Errno.EINVAL, _tree.Unpack(archive));
        Assert.Contains("checksum", _tree.Fault);
    }

    [Fact]
    public void Memory_that_runs_out_while_data_is_copied_is_ENOMEM()
    {
        using var tree = new UnpackedTree(new SimulatedMachine(totalFrames: 8));
        byte[] archive = new CpioBuilder().File("a", new byte[20000]).Trailer().ToArray();
        Assert.Equal(Errno.ENOMEM, tree.Unpack(archive));
    }

    [Theory]
    [MemberData(nameof(MalformedArchives))]
    public void A_malformed_archive_is_refused_with_a_sentence(string what, byte[] archive)
    {
        Assert.NotEmpty(what);
        Assert.NotEqual(Errno.None, _tree.Unpack(archive));
        Assert.NotEmpty(_tree.Fault!);
    }

    public static TheoryData<string, byte[]> MalformedArchives()
    {
        byte[] good = new CpioBuilder().File("file", "data").Trailer().ToArray();
        var data = new TheoryData<string, byte[]>
        {
            { "garbage", Encoding.ASCII.GetBytes(new string('x', 200)) },
            { "cut in the header", good[..50] },
            { "cut in the name", good[..112] },
            { "cut in the data", good[..117] },
            { "old format", new CpioBuilder().Entry("f", 0x81a4, default, magic: "070707").ToArray() },
            { "bad digit", [.. good[..20], (byte)'G', .. good[21..]] },
            { "sign for digit", [.. good[..14], (byte)'-', .. good[15..]] },
            { "no name", new CpioBuilder().Entry("f", 0x81a4, default, nameSize: 0).ToArray() },
            { "name beyond the end", new CpioBuilder().Entry("f", 0x81a4, default, nameSize: 0xffffffff).ToArray() },
            { "name without NUL", new CpioBuilder().Entry("ff", 0x81a4, default, nameSize: 2).ToArray() },
            { "empty name", new CpioBuilder().Entry(string.Empty, 0x81a4, default).ToArray() },
            { "data beyond the end", new CpioBuilder().Entry("f", 0x81a4, default, dataSize: 0xffffffff).ToArray() },
            { "data just beyond the end", new CpioBuilder().Entry("f", 0x81a4, "abcd"u8, dataSize: 5).ToArray() },
            { "parent", new CpioBuilder().File("../f", "x").ToArray() },
            { "parent within", new CpioBuilder().File("a/../../f", "x").ToArray() },
            { "dot within", new CpioBuilder().File("a/./f", "x").ToArray() },
            { "long component", new CpioBuilder().File(new string('n', 256), "x").ToArray() },
            { "long name", new CpioBuilder().File(string.Concat(Enumerable.Repeat("a/", 2050)), "x").ToArray() },
            { "no type", new CpioBuilder().Entry("f", 0x1a4, default).ToArray() },
            { "odd type", new CpioBuilder().Entry("f", 0xf1a4, default).ToArray() },
            { "mode too large", new CpioBuilder().Entry("f", 0x181a4, default).ToArray() },
            { "empty link", new CpioBuilder().Entry("f", 0xa1ff, default).ToArray() },
            { "link with NUL", new CpioBuilder().Entry("f", 0xa1ff, "a\0b"u8).ToArray() },
            { "link too long", new CpioBuilder().Entry("f", 0xa1ff, new byte[4096].Select(_ => (byte)'a').ToArray()).ToArray() },
            { "root as a file", new CpioBuilder().File("/", "x").ToArray() },
            { "file as a directory", new CpioBuilder().File("f", "x").File("f/g", "y").ToArray() },
            { "directory replaced while full", new CpioBuilder().Directory("d").File("d/f", "x").File("d", "y").ToArray() },
            { "hard link of another type", new CpioBuilder().File("f", "x"u8, links: 2, number: 9).Entry("g", 0x21a4, default, links: 2, number: 9).ToArray() },
            { "link loop as a parent", new CpioBuilder().Link("l", "l").File("l/f", "x").ToArray() },
            { "unaligned header", new CpioBuilder().File("f", "x").Raw([0]).Raw(good).ToArray() },
        };
        return data;
    }

    [Fact]
    public void Mutated_archives_never_throw_and_never_leak()
    {
        const int Cases = 50_000;
        byte[][] seeds =
        [
            new CpioBuilder().Directory("d").File("d/f", "content").Link("l", "d/f").Device("n", 0x21b6, 1, 3).Trailer().ToArray(),
            new CpioBuilder().File("a", new byte[5000], aligned: true).File("b", "tail").Trailer().Zeros(64).File("c", "next").Trailer().ToArray(),
            new CpioBuilder { WithChecksums = true }.File("h", "x"u8, links: 2, number: 3).File("i", "y"u8, links: 2, number: 3).Trailer().ToArray(),
        ];
        var random = new Random(20260104);
        int accepted = 0;
        var machine = new SimulatedMachine(totalFrames: 64);
        for (int i = 0; i < Cases; i++)
        {
            byte[] archive = Mutate(random, seeds[random.Next(seeds.Length)]);
            if (i % 8 == 0)
            {
                machine = new SimulatedMachine(totalFrames: 64);
            }

            using var tree = new UnpackedTree(machine);
            Errno error = tree.Unpack(archive);
            accepted += error == Errno.None ? 1 : 0;
        }

        Assert.InRange(accepted, Cases / 20, Cases * 19 / 20);
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        byte[] archive = (byte[])seed.Clone();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(archive.Length);
            switch (random.Next(6))
            {
                case 0:
                    archive[at] = (byte)random.Next(256);
                    break;
                case 1:
                    archive[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    archive = archive[..at];
                    break;
                case 3:
                    // A field of the first header takes an extreme value.
                    Encoding.ASCII.GetBytes(random.Next(3) switch { 0 => "FFFFFFFF", 1 => "7FFFFFFF", _ => "00000000" }).CopyTo(archive, Math.Min(6 + (8 * random.Next(13)), Math.Max(0, archive.Length - 8)));
                    break;
                case 4:
                    "0123456789ABCDEFabcdef/."u8.Slice(random.Next(24), 1).CopyTo(archive.AsSpan(at));
                    break;
                default:
                    int length = Math.Min(random.Next(1, 200), archive.Length - at);
                    archive = [.. archive[..at], .. archive.AsSpan(at, length), .. archive[at..]];
                    break;
            }

            if (archive.Length < 8)
            {
                return archive;
            }
        }

        return archive;
    }
}
