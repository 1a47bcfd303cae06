using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

public sealed class TmpfsLimitTests
{
    private readonly SimulatedMachine _machine = new();

    [Theory]
    [InlineData("size=40k", 10, 1024)]
    [InlineData("size=1", 1, 1024)]
    [InlineData("size=2m,nr_inodes=1k", 512, 1024)]
    [InlineData("nr_blocks=3,nr_inodes=7", 3, 7)]
    [InlineData("size=25%", 512, 1024)]
    [InlineData("size=0,nr_inodes=0", PageBudget.Unlimited, PageBudget.Unlimited)]
    public void A_size_is_a_number_with_a_letter_or_a_share_of_memory(string text, long pages, long inodes)
    {
        TmpfsOptions options = Parse(text).Value;
        Assert.Equal((pages, inodes), (options.Pages, options.Inodes));
    }

    [Theory]
    [InlineData("size")]
    [InlineData("size=")]
    [InlineData("size=k")]
    [InlineData("size=-1")]
    [InlineData("size=16e")]
    [InlineData("size=99999999999999999999")]
    [InlineData("size=%")]
    [InlineData("nr_inodes=50%")]
    [InlineData("mode=8")]
    [InlineData("uid=x")]
    [InlineData("other=1")]
    public void What_cannot_be_read_is_EINVAL(string text) => Assert.Equal(Errno.EINVAL, Parse(text).Error);

    [Fact]
    public void What_is_removed_can_be_used_again()
    {
        var fileSystem = new TmpfsFileSystem(_machine, Parse("size=8k,nr_inodes=3").Value, new CharacterDevices());
        var root = (DirectoryInode)fileSystem.Root.Inode;
        for (int round = 0; round < 3; round++)
        {
            Dentry name = root.Create(fileSystem.Root, "file"u8, new NewFile(FileMode.S_IFREG | 0x1a4, 0, 0)).Value;
            var file = (RegularInode)name.Inode;
            Assert.Equal(8192, file.Pages.Write(0, new byte[10_000]).Value);
            Assert.Equal(Errno.ENOSPC, file.Pages.Write(8192, new byte[1]).Error);
            Assert.Equal(Errno.None, file.Pages.SetLength(1 << 20));
            Assert.Equal(Errno.ENOSPC, file.Pages.GetPage(5).Error);
            Assert.Equal(0, fileSystem.Usage.FreeBlocks);

            Dentry other = root.Link(fileSystem.Root, "other"u8, file).Value;
            Assert.Equal(Errno.ENOSPC, root.Create(fileSystem.Root, "third"u8, new NewFile(FileMode.S_IFREG | 0x1a4, 0, 0)).Error);
            Assert.Equal(0, fileSystem.Usage.FreeFiles);
            Assert.Equal(Errno.None, root.Remove(fileSystem.Root, name, asDirectory: false));
            Assert.Equal(1, fileSystem.Usage.FreeFiles);
            Assert.Equal(Errno.None, root.Remove(fileSystem.Root, other, asDirectory: false));
            Assert.Equal((2, 2), (fileSystem.Usage.FreeBlocks, fileSystem.Usage.FreeFiles));
        }
    }

    [Fact]
    public void What_a_hole_gives_back_can_be_used_again()
    {
        var fileSystem = new TmpfsFileSystem(_machine, Parse("size=8k").Value, new CharacterDevices());
        var root = (DirectoryInode)fileSystem.Root.Inode;
        var file = (RegularInode)root.Create(fileSystem.Root, "file"u8, new NewFile(FileMode.S_IFREG | 0x1a4, 0, 0)).Value.Inode;
        Assert.Equal(8192, file.Pages.Write(0, new byte[8192]).Value);
        file.Pages.PunchHole(0, 4096);
        Assert.Equal(1, fileSystem.Usage.FreeBlocks);
        Assert.Equal(4096, file.Pages.Write(8192, new byte[8192]).Value);
    }

    [Fact]
    public void Without_a_limit_what_is_used_is_what_the_files_have_and_what_is_available_what_memory_has()
    {
        var fileSystem = new TmpfsFileSystem(_machine, 0x1ed);
        var root = (DirectoryInode)fileSystem.Root.Inode;
        var file = (RegularInode)root.Create(fileSystem.Root, "file"u8, new NewFile(FileMode.S_IFREG | 0x1a4, 0, 0)).Value.Inode;
        Assert.Equal(8193, file.Pages.Write(0, new byte[8193]).Value);
        Assert.True(_machine.Frames.TryAllocate(out FrameNumber others));
        FileSystemUsage usage = fileSystem.Usage;
        Assert.Equal((3, _machine.Frames.FreeFrames), (usage.Blocks - usage.FreeBlocks, usage.AvailableBlocks));
        _machine.Frames.Release(others);
        Assert.Equal(3, _machine.Frames.CachedFrames);
        Assert.Equal(Errno.None, file.Pages.SetLength(1));
        Assert.Equal((1, 1), (fileSystem.Usage.Blocks - fileSystem.Usage.FreeBlocks, _machine.Frames.CachedFrames));
    }

    [Fact]
    public void A_limit_never_falls_below_what_there_is()
    {
        var fileSystem = new TmpfsFileSystem(_machine, Parse("size=8k,nr_inodes=3").Value, new CharacterDevices());
        var root = (DirectoryInode)fileSystem.Root.Inode;
        var file = (RegularInode)root.Create(fileSystem.Root, "file"u8, new NewFile(FileMode.S_IFREG | 0x1a4, 0, 0)).Value.Inode;
        Assert.Equal(8192, file.Pages.Write(0, new byte[8192]).Value);
        Assert.Equal(Errno.EINVAL, fileSystem.Reconfigure("size=4k"u8));
        Assert.Equal(Errno.EINVAL, fileSystem.Reconfigure("nr_inodes=1"u8));
        Assert.Equal(Errno.EINVAL, fileSystem.Reconfigure("size=many"u8));
        Assert.Equal(Errno.None, fileSystem.Reconfigure("size=12k,nr_inodes=2"u8));
        Assert.Equal((1, 0), (fileSystem.Usage.FreeBlocks, fileSystem.Usage.FreeFiles));
        Assert.Equal(",size=12k,nr_inodes=2", fileSystem.OptionsText);
    }

    private Result<TmpfsOptions> Parse(string text) => TmpfsOptions.Default(_machine.Frames).With(System.Text.Encoding.ASCII.GetBytes(text), _machine.Frames);
}
