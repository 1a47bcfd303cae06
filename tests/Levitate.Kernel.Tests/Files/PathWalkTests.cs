using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class PathWalkTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public PathWalkTests()
    {
        _kernel.MakeDirectory("/a");
        _kernel.MakeDirectory("/a/b");
        _kernel.Create("/a/b/file", "content");
        _kernel.Symlink("a/b", "/to-b");
        _kernel.Symlink("/a/b/file", "/to-file");
        _kernel.Symlink("to-b/", "/to-b-slash");
        _kernel.Symlink("nowhere", "/dangling");
        _kernel.Symlink("loop", "/loop");
        _kernel.Symlink("/", "/to-root");
        _kernel.Symlink("..", "/a/up");
    }

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [InlineData("/a/b/file")]
    [InlineData("//a///b//file")]
    [InlineData("/a/./b/../b/file")]
    [InlineData("/../../a/b/file")]
    [InlineData("to-b/file")]
    [InlineData("to-b-slash/file")]
    [InlineData("/to-file")]
    [InlineData("/to-root/to-root/to-b/../b/file")]
    [InlineData("/a/up/a/up/to-b/file")]
    [InlineData("to-b/../up/to-file")]
    public void A_path_leads_to_its_file(string path) => Assert.Equal("content", _kernel.ReadText(path));

    [Theory]
    [InlineData("", Errno.ENOENT)]
    [InlineData("/a/b/file/", Errno.ENOTDIR)]
    [InlineData("/a/b/file/x", Errno.ENOTDIR)]
    [InlineData("/a/b/file/..", Errno.ENOTDIR)]
    [InlineData("/a/x/../b/file", Errno.ENOENT)]
    [InlineData("/dangling", Errno.ENOENT)]
    [InlineData("/dangling/x", Errno.ENOENT)]
    [InlineData("/loop", Errno.ELOOP)]
    [InlineData("/loop/x", Errno.ELOOP)]
    [InlineData("/to-file/", Errno.ENOTDIR)]
    [InlineData("/to-file/x", Errno.ENOTDIR)]
    public void A_wrong_path_is_refused_as_Linux_does(string path, Errno expected)
    {
        Assert.Equal(expected, _kernel.OpenError(path));
        Assert.Equal(expected, _kernel.StatError(path));
    }

    [Fact]
    public void Forty_links_are_followed_and_no_more()
    {
        _kernel.Create("/end", "end");
        _kernel.Symlink("/end", "/link1");
        for (int i = 2; i <= 41; i++)
        {
            _kernel.Symlink($"link{i - 1}", $"/link{i}");
        }

        Assert.Equal("end", _kernel.ReadText("/link40"));
        Assert.Equal(Errno.ELOOP, _kernel.OpenError("/link41"));
    }

    [Fact]
    public void A_name_has_255_bytes_at_most_and_a_path_4095()
    {
        string longest = new('n', 255);
        _kernel.Create("/" + longest);
        Assert.Equal(Errno.None, _kernel.StatError("/" + longest));
        Assert.Equal(Errno.ENAMETOOLONG, _kernel.StatError("/" + longest + "n"));
        Assert.Equal(Errno.ENAMETOOLONG, _kernel.OpenError("/" + longest + "n", OpenFlags.O_CREAT | OpenFlags.O_RDWR));
        Assert.Equal(Errno.None, _kernel.StatError(new string('/', 4094) + "a"));
        Assert.Equal(Errno.ENAMETOOLONG, _kernel.StatError(new string('/', 4095) + "a"));
    }

    [Fact]
    public void A_link_as_the_last_component_is_followed_only_when_asked_or_with_a_slash()
    {
        Assert.Equal(FileMode.S_IFLNK, _kernel.Stat("/to-b").Mode & FileMode.S_IFMT);
        Assert.Equal(FileMode.S_IFDIR, _kernel.Stat("/to-b/").Mode & FileMode.S_IFMT);
        Assert.Equal(Errno.ELOOP, _kernel.OpenError("/to-file", OpenFlags.O_NOFOLLOW));
        Assert.Equal(Errno.ENOTDIR, _kernel.OpenError("/to-b", OpenFlags.O_NOFOLLOW | OpenFlags.O_DIRECTORY));
        Assert.Equal(Errno.None, _kernel.OpenError("/to-b/", OpenFlags.O_NOFOLLOW | OpenFlags.O_DIRECTORY));
    }

    [Fact]
    public void Creation_goes_through_a_dangling_link_but_never_with_O_EXCL()
    {
        const OpenFlags Create = OpenFlags.O_CREAT | OpenFlags.O_WRONLY;
        Assert.Equal(Errno.EEXIST, _kernel.OpenError("/dangling", Create | OpenFlags.O_EXCL));
        Assert.Equal(Errno.ELOOP, _kernel.OpenError("/loop", Create));
        Assert.Equal(Errno.None, _kernel.OpenError("/dangling", Create));
        Assert.Equal(FileMode.S_IFREG, _kernel.Stat("/nowhere").Mode & FileMode.S_IFMT);
    }

    [Theory]
    [InlineData("/", Errno.EISDIR)]
    [InlineData("/a/.", Errno.EISDIR)]
    [InlineData("/a/..", Errno.EISDIR)]
    [InlineData("/a", Errno.EISDIR)]
    [InlineData("/new/", Errno.EISDIR)]
    [InlineData("/none/new", Errno.ENOENT)]
    [InlineData("/a/b/file/new", Errno.ENOTDIR)]
    public void Creation_at_a_wrong_place_is_refused_as_Linux_does(string path, Errno expected) =>
        Assert.Equal(expected, _kernel.OpenError(path, OpenFlags.O_CREAT | OpenFlags.O_RDWR));

    [Fact]
    public void The_working_directory_is_followed_when_it_is_moved_and_lost_when_it_is_removed()
    {
        Assert.Equal(Errno.None, _kernel.ChangeDirectory("/to-b"));
        Assert.Equal("/a/b", _kernel.WorkingDirectory());
        Assert.Equal(Errno.None, _kernel.Rename("/a", "/z"));
        Assert.Equal("/z/b", _kernel.WorkingDirectory());
        Assert.Equal(Errno.None, _kernel.Unlink("file"));
        Assert.Equal(Errno.None, _kernel.RemoveDirectory("../b"));
        Assert.Equal(Errno.ENOENT, DirectorySyscalls.Getcwd(_kernel.Caller, _kernel.Scratch, 100).Error);
        Assert.Equal(Errno.ENOENT, _kernel.OpenError("x", OpenFlags.O_CREAT | OpenFlags.O_RDWR));
        Assert.Equal(Errno.None, _kernel.StatError(".."));
    }

    [Fact]
    public void Getcwd_says_ERANGE_when_the_path_does_not_fit()
    {
        Assert.Equal(Errno.None, _kernel.ChangeDirectory("/a/b"));
        Assert.Equal(Errno.ERANGE, DirectorySyscalls.Getcwd(_kernel.Caller, _kernel.Scratch, 4).Error);
        Assert.Equal(5, DirectorySyscalls.Getcwd(_kernel.Caller, _kernel.Scratch, 5).Value);
    }

    [Fact]
    public void Search_permission_is_needed_of_every_directory_on_the_way()
    {
        FileTestKernel.Check(AttributeSyscalls.Chmod(_kernel.Caller, _kernel.Path("/a"), 0x1b6));
        _kernel.Become(1000);
        Assert.Equal(Errno.EACCES, _kernel.StatError("/a/b"));
        Assert.Equal(Errno.EACCES, _kernel.StatError("/to-file"));
        Assert.Equal(Errno.None, _kernel.StatError("/a"));
        Assert.Equal(Errno.EACCES, _kernel.ChangeDirectory("/a"));
    }

    [Fact]
    public void A_chroot_is_not_left_by_dots_nor_by_absolute_links()
    {
        FileTestKernel.Check(DirectorySyscalls.Chroot(_kernel.Caller, _kernel.Path("/a")));
        Assert.Equal(Errno.None, _kernel.ChangeDirectory("/"));
        Assert.Equal("content", _kernel.ReadText("/../../b/file"));
        Assert.Equal("content", _kernel.ReadText("/up/up/b/file"));
        Assert.Equal(Errno.ENOENT, _kernel.StatError("/a"));
        Assert.Equal("/", _kernel.WorkingDirectory());
        FileTestKernel.Check(DirectorySyscalls.Chroot(_kernel.Caller, _kernel.Path("/")));
        _kernel.Caller.FileSystem.SetRoot(_kernel.Caller.FileSystem.Root.Mount.Root);
    }

    [Fact]
    public void Names_are_bytes()
    {
        string name = Encoding.Latin1.GetString([0xff, 0xfe, 0x01, 0x20, 0x0a]);
        _kernel.Create("/" + name, "odd");
        Assert.Contains(name, _kernel.List("/"));
        Assert.Equal("odd", _kernel.ReadText("/" + name));
    }

    [Theory]
    [InlineData("a/b/file", 0x08, Errno.None)]
    [InlineData("/a/b/file", 0x08, Errno.EXDEV)]
    [InlineData("a/../../x", 0x08, Errno.EXDEV)]
    [InlineData("a/up/a", 0x08, Errno.None)]
    [InlineData("to-file", 0x08, Errno.EXDEV)]
    [InlineData("to-b/file", 0x04, Errno.ELOOP)]
    [InlineData("/a/b/../../../a/b/file", 0x10, Errno.None)]
    [InlineData("to-file", 0x10, Errno.None)]
    [InlineData("a", 0x18, Errno.EINVAL)]
    public void Openat2_keeps_a_walk_within_its_bounds(string path, ulong resolve, Errno expected)
    {
        byte[] how = new byte[24];
        BitConverter.TryWriteBytes(how.AsSpan(16), resolve);
        SyscallResult result = OpenSyscalls.Openat2(_kernel.Caller, PathArguments.AT_FDCWD, _kernel.SecondPath(path), _kernel.Simulated.Put(how), 24);
        Assert.Equal(expected, result.Error);
    }

    [Theory]
    [InlineData("/b/file", "/a", 0x10, Errno.None)]
    [InlineData("/a/b/file", "/a", 0x10, Errno.ENOENT)]
    [InlineData("/b/file", null, 0x10, Errno.EBADF)]
    [InlineData("/b/file", "/a/b/file", 0x10, Errno.ENOTDIR)]
    [InlineData("/b/file", null, 0x08, Errno.EXDEV)]
    [InlineData("/a/b/file", null, 0, Errno.None)]
    public void With_RESOLVE_IN_ROOT_an_absolute_path_begins_at_the_descriptor(string path, string? start, ulong resolve, Errno expected)
    {
        byte[] how = new byte[24];
        BitConverter.TryWriteBytes(how.AsSpan(16), resolve);
        int directory = start is null ? 99 : _kernel.Open(start);
        Assert.Equal(expected, OpenSyscalls.Openat2(_kernel.Caller, directory, _kernel.SecondPath(path), _kernel.Simulated.Put(how), 24).Error);
    }
}
