using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Cli.Images;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class CpioWriterTests
{
    [Fact]
    public void The_data_of_every_file_begins_at_a_page()
    {
        var tree = new ImageTree();
        var random = new Random(2);
        for (int file = 0; file < 100; file++)
        {
            tree.Add($"dir{file % 7}/{new string('n', random.Next(1, 200))}{file}", new ImageFile(new byte[random.Next(1, 10_000)]));
        }

        foreach (CpioArchiveEntry entry in CpioArchive.Read(CpioWriter.ToArray(tree)).Where(entry => entry.Data.Length > 0))
        {
            Assert.Equal(0, entry.DataOffset % CpioStream.DataAlignment);
        }
    }

    [Fact]
    public void Linux_accepts_every_name_size()
    {
        // Names of every length behind entries that end everywhere in a page.
        for (int length = 1; length <= 255; length += 7)
        {
            var tree = new ImageTree();
            tree.Add(new string('a', length), new ImageSymbolicLink(new byte[length * 11]));
            tree.Add(new string('b', 255), new ImageFile(new byte[1]));
            Assert.All(CpioArchive.Read(CpioWriter.ToArray(tree)), entry => Assert.InRange(entry.NameSize, 2, 4096));
        }
    }

    [Fact]
    public void Content_mode_and_kind_are_kept()
    {
        var tree = new ImageTree();
        tree.Add("bin/tool", new ImageFile("#!x"u8.ToArray(), 0x9ED));
        tree.Add("tmp", new ImageDirectory(0x3FF));
        tree.Add("bin/sh", new ImageSymbolicLink("tool"u8.ToArray()));
        tree.Add("dev/null", new ImageDevice(IsBlock: false, 1, 3, 0x1B6));
        Dictionary<string, CpioArchiveEntry> entries = CpioArchive.Read(CpioWriter.ToArray(tree)).ToDictionary(entry => entry.Name);

        Assert.Equal("#!x"u8.ToArray(), entries["bin/tool"].Data);
        Assert.Equal(0x89EDu, entries["bin/tool"].Mode);
        Assert.Equal(0x43FFu, entries["tmp"].Mode);
        Assert.Equal(0xA1FFu, entries["bin/sh"].Mode);
        Assert.Equal("tool"u8.ToArray(), entries["bin/sh"].Data);
        Assert.Equal((0x21B6u, 1u, 3u), (entries["dev/null"].Mode, entries["dev/null"].Major, entries["dev/null"].Minor));
    }

    [Fact]
    public void Parents_come_before_what_is_in_them()
    {
        var tree = new ImageTree();
        tree.Add("z/y/x", new ImageFile(new byte[1]));
        tree.Add("z/a", new ImageFile(new byte[1]));
        tree.Add("z-", new ImageFile(new byte[1]));
        string[] names = [.. CpioArchive.Read(CpioWriter.ToArray(tree)).Select(entry => entry.Name).Where(name => name != ".")];
        Assert.All(names.Where(name => name.Contains('/')), name =>
            Assert.True(Array.IndexOf(names, name[..name.LastIndexOf('/')]) < Array.IndexOf(names, name)));
    }

    [Fact]
    public void An_overlay_leaves_the_directories_below_it_alone()
    {
        var tree = new ImageTree(isOverlay: true);
        tree.Add("/tmp/dir/file", new ImageFile(new byte[1]));
        tree.Add("/tmp/dir", new ImageDirectory());
        Assert.Equal(["tmp/dir", "tmp/dir/file"], CpioArchive.Read(CpioWriter.ToArray(tree)).Select(entry => entry.Name));
    }

    [Fact]
    public void Names_of_one_file_share_an_inode_and_the_last_has_the_data()
    {
        var tree = new ImageTree();
        tree.Add("m", new ImageFile("content"u8.ToArray()));
        tree.Add("z", new ImageHardLink("/m"u8.ToArray()));
        tree.Add("a", new ImageHardLink("m"u8.ToArray()));
        CpioArchiveEntry[] entries = [.. CpioArchive.Read(CpioWriter.ToArray(tree)).Where(entry => entry.Name != ".")];

        Assert.Equal(["a", "m", "z"], entries.Select(entry => entry.Name));
        Assert.All(entries, entry => Assert.Equal((entries[0].Inode, 3u), (entry.Inode, entry.Links)));
        Assert.Equal([0, 0, 7], entries.Select(entry => entry.Data.Length));
    }

    [Fact]
    public void Names_are_bytes()
    {
        var tree = new ImageTree();
        tree.Add([0xff, 0x20, 0xc3, 0x0a], new ImageDirectory());
        Assert.Equal("\u00ff \u00c3\n", CpioArchive.Read(CpioWriter.ToArray(tree)).Single().Name);
    }

    [Fact]
    public void An_archive_depends_on_the_tree_alone()
    {
        byte[] Make(IEnumerable<string> order)
        {
            var tree = new ImageTree();
            foreach (string name in order)
            {
                tree.Add("d/" + name, new ImageFile(Encoding.ASCII.GetBytes(name)));
            }

            return CpioWriter.ToArray(tree);
        }

        string[] names = ["one", "two", "three"];
        Assert.Equal(Make(names), Make(names.Reverse()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("a\0b")]
    public void A_path_that_leaves_the_image_or_names_nothing_is_refused(string path)
    {
        Assert.Throws<ToolException>(() => new ImageTree().Add(path, new ImageDirectory()));
    }

    [Fact]
    public void Nothing_is_put_into_what_is_no_directory()
    {
        var tree = new ImageTree();
        tree.Add("lib", new ImageSymbolicLink("usr/lib"u8.ToArray()));
        Assert.Throws<ToolException>(() => tree.Add("lib/x", new ImageFile(default)));
    }

    [Fact]
    public void A_hard_link_to_what_is_not_there_is_refused()
    {
        Assert.Throws<ToolException>(() => new ImageTree().Add("a", new ImageHardLink("b"u8.ToArray())));
    }
}
