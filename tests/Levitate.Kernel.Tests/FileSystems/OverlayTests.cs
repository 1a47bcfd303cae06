using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Mounts;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems.Overlay;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

public sealed class OverlayTests
{
    private const string Layers = "lowerdir=/lower,upperdir=/upper,workdir=/work";
    private static readonly string[] s_names = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_changes_agree_with_a_model_leave_the_lower_layer_alone_and_are_there_after_another_mount(int seed)
    {
        using var kernel = new FileTestKernel();
        var random = new Random(seed);
        var lower = new TreeModel();
        var shown = new TreeModel();
        foreach (string directory in (string[])["/lower", "/upper", "/work", "/m"])
        {
            kernel.MakeDirectory(directory);
        }

        for (int i = 0; i < 40; i++)
        {
            string path = RandomPath(random);
            if (random.Next(2) == 0)
            {
                Assert.Equal(lower.MakeDirectory(path), shown.MakeDirectory(path));
                _ = NameSyscalls.Mkdir(kernel.Caller, kernel.Path("/lower" + path), 0x1ff);
            }
            else if (lower.Write(path, $"lower {i}") == Errno.None)
            {
                shown.Write(path, $"lower {i}");
                kernel.Create("/lower" + path, $"lower {i}");
            }
        }

        for (int mount = 0; mount < 5; mount++)
        {
            Assert.Equal(Errno.None, Mount(kernel, Layers));
            AssertAlike(kernel, "/m", shown);
            for (int i = 0; i < 1000; i++)
            {
                ChangeAtRandom(kernel, random, shown, i);
            }

            AssertAlike(kernel, "/m", shown);
            AssertAlike(kernel, "/lower", lower);
            Unmount(kernel);
        }
    }

    [Fact]
    public void A_copy_that_finds_no_memory_is_ENOSPC_or_ENOMEM_and_leaves_the_file_as_it_was()
    {
        using var kernel = new FileTestKernel();
        foreach (string directory in (string[])["/lower", "/upper", "/work", "/m"])
        {
            kernel.MakeDirectory(directory);
        }

        string content = new('x', 15 * 4096);
        kernel.Create("/lower/file", content);
        Assert.Equal(Errno.None, Mount(kernel, Layers));
        var taken = new List<FrameNumber>();
        while (kernel.Machine.Frames.FreeFrames > 8 && kernel.Machine.Frames.TryAllocate(out FrameNumber frame))
        {
            taken.Add(frame);
        }

        Assert.Contains(kernel.OpenError("/m/file", OpenFlags.O_WRONLY), (Errno[])[Errno.ENOSPC, Errno.ENOMEM]);
        taken.ForEach(frame => kernel.Machine.Frames.Release(frame));
        Assert.Equal(content, kernel.ReadText("/m/file"));
        Assert.Equal([".", ".."], kernel.List("/upper").Order());
        Assert.Equal(Errno.None, kernel.OpenError("/m/file", OpenFlags.O_WRONLY));
        Assert.Equal(content, kernel.ReadText("/upper/file"));
        Unmount(kernel);
    }

    [Fact]
    public void A_mount_and_unmount_leave_no_reference_to_the_layers()
    {
        using var kernel = new FileTestKernel();
        foreach (string directory in (string[])["/lower", "/upper", "/work", "/m", "/lower/d"])
        {
            kernel.MakeDirectory(directory);
        }

        kernel.Create("/lower/d/file", new string('x', 10_000));
        Assert.Equal(Errno.None, Mount(kernel, Layers));
        int open = kernel.Open("/m/d/file", OpenFlags.O_RDWR);
        int reader = kernel.Open("/m/d/file");
        Assert.Equal(Errno.EBUSY, MountSyscalls.Umount2(kernel.Caller, kernel.Path("/m"), UnmountFlags.None).Error);
        FileTestKernel.Check(MountSyscalls.Umount2(kernel.Caller, kernel.Path("/m"), UnmountFlags.MNT_DETACH));
        Assert.Equal(10_000, kernel.Read(reader, 20_000).Length);
        kernel.Close(open);
        kernel.Close(reader);
    }

    [Theory]
    [InlineData("lowerdir=/a:/b", "/a /b")]
    [InlineData("lowerdir=/a\\:b:/c\\,d\\\\", "/a:b /c,d\\")]
    [InlineData("lowerdir=/a,lowerdir=/b", "/b")]
    [InlineData(",,lowerdir=/a,volatile,", "/a")]
    [InlineData("lowerdir=/a\\", "/a\\")]
    public void Lower_directories_are_separated_by_colons_that_no_backslash_precedes(string text, string lowers) =>
        Assert.Equal(lowers, string.Join(' ', Parse(text).Value.Lowers.Select(Encoding.Latin1.GetString)));

    [Theory]
    [InlineData("lowerdir")]
    [InlineData("lowerdir=")]
    [InlineData("lowerdir=:/a")]
    [InlineData("lowerdir=/a:")]
    [InlineData("lowerdir=/a::/b")]
    [InlineData("upperdir=")]
    [InlineData("workdir")]
    [InlineData("metacopy=on")]
    [InlineData("redirect_dir=on")]
    [InlineData("nonsense")]
    public void What_cannot_be_read_or_kept_is_EINVAL(string text) => Assert.Equal(Errno.EINVAL, Parse(text).Error);

    private static Result<OverlayOptions> Parse(string text) => OverlayOptions.Parse(Encoding.Latin1.GetBytes(text));

    private static Errno Mount(FileTestKernel kernel, string options)
    {
        UserAddress type = kernel.Simulated.Put("overlay\0"u8.ToArray());
        UserAddress data = kernel.Simulated.Put(Encoding.Latin1.GetBytes(options + "\0"));
        return MountSyscalls.Mount(kernel.Caller, type, kernel.Path("/m"), type, 0, data).Error;
    }

    private static void Unmount(FileTestKernel kernel) =>
        FileTestKernel.Check(MountSyscalls.Umount2(kernel.Caller, kernel.Path("/m"), UnmountFlags.None));

    private static string RandomPath(Random random) => "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_names[random.Next(3)]));

    private static void ChangeAtRandom(FileTestKernel kernel, Random random, TreeModel model, int step)
    {
        string path = RandomPath(random), other = RandomPath(random);
        switch (random.Next(5))
        {
            case 0:
                Assert.Equal(model.Write(path, $"{step}"), TryWrite(kernel, "/m" + path, $"{step}"));
                break;
            case 1:
                Assert.Equal(model.MakeDirectory(path), NameSyscalls.Mkdir(kernel.Caller, kernel.Path("/m" + path), 0x1ff).Error);
                break;
            case 2:
                Assert.Equal(model.Unlink(path), kernel.Unlink("/m" + path));
                break;
            case 3:
                Assert.Equal(model.RemoveDirectory(path), kernel.RemoveDirectory("/m" + path));
                break;
            default:
                // A directory that a lower layer has is not moved.
                Errno error = kernel.Rename("/m" + path, "/m" + other);
                if (error != Errno.EXDEV)
                {
                    Assert.Equal(model.Rename(path, other), error);
                }

                break;
        }
    }

    private static Errno TryWrite(FileTestKernel kernel, string path, string content)
    {
        SyscallResult opened = OpenSyscalls.Open(kernel.Caller, kernel.Path(path), OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, 0x1b6);
        if (!opened.IsError)
        {
            kernel.Write((int)opened.Value, Encoding.Latin1.GetBytes(content));
            kernel.Close((int)opened.Value);
        }

        return opened.Error;
    }

    /// <summary>Every path that the random ones can name is the same, by name and in the listings.</summary>
    private static void AssertAlike(FileTestKernel kernel, string root, TreeModel model)
    {
        var paths = new List<string> { string.Empty };
        for (int depth = 0, first = 0; depth < 3; depth++)
        {
            int end = paths.Count;
            for (; first < end; first++)
            {
                paths.AddRange(s_names.Select(name => $"{paths[first]}/{name}"));
            }
        }

        foreach (string path in paths)
        {
            Assert.Equal(model.Exists(path), kernel.StatError(root + path) == Errno.None);
            if (model.Read(path) is { } content)
            {
                Assert.Equal(content, kernel.ReadText(root + path));
            }
            else if (model.Exists(path))
            {
                Assert.Equal(s_names.Where(name => model.Exists($"{path}/{name}")), kernel.List(root + path).Except([".", ".."]).Order());
            }
        }
    }
}
