using System;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Mounts;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class MountOptionTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public MountOptionTests()
    {
        _kernel.MakeDirectory("/a");
        _kernel.MakeDirectory("/b");
        Assert.Equal(Errno.None, Mount("/a", MountFlags.None, "x", "tmpfs"));
        _kernel.MakeDirectory("/a/in");
        Assert.Equal(Errno.None, Mount("/a/in", MountFlags.MS_NOATIME | MountFlags.MS_NODEV, "y", "tmpfs"));
    }

    private Mount Outer => Find(0);

    private Mount Inner => Find(1);

    public void Dispose()
    {
        foreach (Mount mount in Namespace.Mounts.Where(mount => mount.Parent is { Parent: null }).ToArray())
        {
            Assert.Equal(Errno.None, Namespace.Detach(mount, lazily: true));
        }

        _kernel.Dispose();
    }

    [Fact]
    public void Access_times_stay_as_they_are_unless_a_remount_names_them()
    {
        Assert.Equal(MountOptions.NoAccessTime | MountOptions.NoDevices, Inner.Options);
        Assert.Equal(Errno.None, Mount("/a/in", MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_NOSUID));
        Assert.Equal(MountOptions.NoAccessTime | MountOptions.NoSetIds, Inner.Options);
        Assert.Equal(Errno.None, Mount("/a/in", MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_RELATIME));
        Assert.Equal(MountOptions.None, Inner.Options);
        Assert.Equal(Errno.None, Mount("/a/in", MountFlags.MS_REMOUNT | MountFlags.MS_STRICTATIME | MountFlags.MS_NOATIME));
        Assert.Equal(MountOptions.StrictAccessTime, Inner.Options);
    }

    [Fact]
    public void What_is_unbindable_is_left_out_wherever_it_is()
    {
        Assert.Equal(Errno.None, Mount("/a", MountFlags.MS_UNBINDABLE | MountFlags.MS_REC));
        Assert.Equal((MountOptions.Unbindable, MountOptions.Unbindable), (Outer.Options & MountOptions.Unbindable, Inner.Options & MountOptions.Unbindable));
        Assert.Equal(Errno.EINVAL, Mount("/b", MountFlags.MS_BIND, "/a"));
        Assert.Equal(Errno.None, Mount("/a", MountFlags.MS_PRIVATE));
        Assert.Equal(Errno.None, Mount("/b", MountFlags.MS_BIND | MountFlags.MS_REC, "/a"));
        Assert.Equal(4, Namespace.Mounts.Count);
        Assert.Equal(Errno.None, Mount("/", MountFlags.MS_PRIVATE | MountFlags.MS_REC));
        Assert.DoesNotContain(Namespace.Mounts, mount => (mount.Options & MountOptions.Unbindable) != 0);
        Assert.Equal(Errno.None, Mount("/", MountFlags.MS_SLAVE | MountFlags.MS_REC));
    }

    [Theory]
    [InlineData(MountFlags.MS_SHARED)]
    [InlineData(MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE)]
    [InlineData(MountFlags.MS_PRIVATE | MountFlags.MS_NOATIME)]
    [InlineData((MountFlags)0x2000000)]
    [InlineData((MountFlags)0x80000000)]
    internal void Flags_that_are_unknown_or_contradict_are_EINVAL(MountFlags flags) => Assert.Equal(Errno.EINVAL, Mount("/a", flags));

    [Fact]
    public void No_link_is_followed_where_the_mount_says_so()
    {
        _kernel.Create("/a/file");
        _kernel.Symlink("file", "/a/link");
        _kernel.Symlink("/a/file", "/link");
        Assert.Equal(Errno.None, Mount("/a", MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_NOSYMFOLLOW));
        Assert.Equal(Errno.ELOOP, _kernel.OpenError("/a/link"));
        Assert.Equal(Errno.None, _kernel.OpenError("/link"));
    }

    private MountNamespace Namespace => _kernel.Caller.FileSystem.Root.Mount.Namespace;

    private Mount Find(int index) => Namespace.Mounts.Where(mount => mount.Parent is not null).ElementAt(index);

    private Errno Mount(string target, MountFlags flags, string? source = null, string? type = null) =>
        MountSyscalls.Mount(_kernel.Caller, Put(source), Put(target), Put(type), (ulong)flags, default).Error;

    private UserAddress Put(string? text) => text is null ? default : _kernel.Simulated.Put(Encoding.ASCII.GetBytes(text + "\0"));
}
