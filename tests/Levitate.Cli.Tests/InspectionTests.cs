using System;
using System.IO;
using Levitate.Cli.Inspection;
using Levitate.Kernel.Abi;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class InspectionTests : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    private readonly string _root = Directory.CreateTempSubdirectory("levitate-test-").FullName;

    public InspectionTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "usr/lib"));
        Write("usr/lib/ld.so", Executable);
        Write("plain", UnixFileMode.UserRead);
        File.CreateSymbolicLink(Path.Combine(_root, "lib"), "/usr/lib");
        File.CreateSymbolicLink(Path.Combine(_root, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(_root, "out"), "../../../../etc/passwd");
    }

    [Theory]
    [InlineData("/usr/lib/ld.so", Errno.None)]
    [InlineData("/lib/ld.so", Errno.None)]
    [InlineData("/lib/.././lib//ld.so", Errno.None)]
    [InlineData("lib/ld.so", Errno.None)]
    [InlineData("/../../lib/ld.so", Errno.None)]
    [InlineData("/lib/none", Errno.ENOENT)]
    [InlineData("", Errno.ENOENT)]
    [InlineData("/out", Errno.ENOENT)]
    [InlineData("/plain", Errno.EACCES)]
    [InlineData("/usr", Errno.EACCES)]
    [InlineData("/plain/x", Errno.ENOTDIR)]
    [InlineData("/lib/ld.so/", Errno.ENOTDIR)]
    [InlineData("/loop", Errno.ELOOP)]
    public void Files_are_opened_as_the_kernel_opens_them_inside_the_root(string path, Errno error)
    {
        Result<HostImageFile> result = new HostImageOpener(_root, "/").Open(Levitate.Cli.Host.HostText.Encode(path));
        Assert.Equal(error, result.Error);
        if (result.Succeeded)
        {
            result.Value.Dispose();
        }
    }

    [Fact]
    public void Too_long_paths_and_names_are_ENAMETOOLONG()
    {
        var opener = new HostImageOpener(_root, "/");
        Assert.Equal(Errno.ENAMETOOLONG, opener.Open(new byte[4096]).Error);
        Assert.Equal(Errno.ENAMETOOLONG, opener.Open(Levitate.Cli.Host.HostText.Encode("/" + new string('x', 256))).Error);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string name, UnixFileMode mode)
    {
        string path = Path.Combine(_root, name);
        File.WriteAllText(path, "x");
        File.SetUnixFileMode(path, mode);
    }
}
