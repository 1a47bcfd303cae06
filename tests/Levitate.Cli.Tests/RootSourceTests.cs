using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using Levitate.Cli.Images;
using Levitate.Cli.Roots;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class RootSourceTests : IDisposable
{
    // A tar file with the file "file" (0640, owner 5, group 6, of the second 1000000000), compressed by xz -9.
    private const string XzFile = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AHxdADMaSda2OCGvAe5uAgjy9dm/L6is+qOOoFqrBnQJVKd+CXyMPqQToBG4h42aljYEzlt959uAaq3QniPydFNHH/EQIcv07PzObqq84eJjKmgptNYkg9AMA99kIj0sRvX6wb2CPUyBsJdA/24BxtY/k07jT9rj8RdvH0vzAAAA7aUEVXl1bDcAAZgBgFAAAMjx5Y6xxGf7AgAAAAAEWVo=";

    private readonly string _folder = Directory.CreateTempSubdirectory("levitate-root-").FullName;

    public void Dispose() => Run("/bin/rm", "-rf", _folder);

    [Fact]
    public void A_directory_keeps_modes_owners_times_links_and_special_files()
    {
        string root = MakeTree();
        Dictionary<string, CpioArchiveEntry> entries = Pack(new HostDirectory(root)).ToDictionary(entry => entry.Name);

        Assert.Equal(0x81A0u, entries["etc/secret"].Mode);
        Assert.Equal("secret\n"u8.ToArray(), entries["etc/secret"].Data);
        Assert.Equal(1_000_000_000u, entries["etc/secret"].Time);
        Assert.Equal(0x43FFu, entries["tmp"].Mode);
        Assert.Equal("etc/secret"u8.ToArray(), entries["link"].Data);
        Assert.Equal(0xA000u, entries["link"].Mode & 0xF000);
        Assert.Equal(0x1000u, entries["fifo"].Mode & 0xF000);
        Assert.Equal((entries["etc/secret"].Inode, 2u, 0), (entries["other"].Inode, entries["other"].Links, entries["other"].Data.Length));
        Assert.Equal(2u, entries["etc/secret"].Links);
        Assert.Equal(0, entries["etc/secret"].DataOffset % CpioStream.DataAlignment);
        Assert.Equal(0x4000u, entries["."].Mode & 0xF000);
        Assert.All(entries.Values, entry => Assert.Equal(entries["."].UserId, entry.UserId));
    }

    [Fact]
    public void A_name_that_is_not_UTF_8_is_packed_as_it_is()
    {
        string root = MakeTree();
        Run("/bin/sh", "-c", "printf content > \"$1/$(printf 'a\\377b')\"", "sh", root);
        Assert.Equal("content"u8.ToArray(), Pack(new HostDirectory(root)).Single(entry => entry.Name == "a\u00ffb").Data);
    }

    [Fact]
    public void The_fingerprint_changes_with_the_tree_and_only_with_it()
    {
        string root = MakeTree();
        string before = new HostDirectory(root).Fingerprint;
        Assert.Equal(before, new HostDirectory(root).Fingerprint);
        File.ReadAllText(Path.Combine(root, "etc/secret"));
        Assert.Equal(before, new HostDirectory(root).Fingerprint);
        File.SetUnixFileMode(Path.Combine(root, "etc/secret"), UnixFileMode.UserRead);
        string withMode = new HostDirectory(root).Fingerprint;
        Assert.NotEqual(before, withMode);
        File.WriteAllText(Path.Combine(root, "etc/new"), "");
        Assert.NotEqual(withMode, new HostDirectory(root).Fingerprint);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public void A_tar_file_keeps_everything_however_it_is_compressed(string compression)
    {
        string path = Path.Combine(_folder, "root.tar");
        using (FileStream file = File.Create(path))
        using (Stream stream = compression switch { "gzip" => new GZipStream(file, CompressionMode.Compress), "zstd" => new ZstdSharp.CompressionStream(file), _ => file })
        {
            WriteTar(stream);
        }

        List<CpioArchiveEntry> entries = Pack(new RootTarFile(path));
        CpioArchiveEntry Find(string name) => entries.Single(entry => entry.Name == name);
        Assert.Equal(["bin", "bin/tool", "bin/again", "dev/null", "lib", "run/pipe"], entries.Select(entry => entry.Name));
        Assert.Equal((0x89EDu, 7u, 8u, 2u), (Find("bin/tool").Mode, Find("bin/tool").UserId, Find("bin/tool").GroupId, Find("bin/tool").Links));
        Assert.Equal("#!tool"u8.ToArray(), Find("bin/tool").Data);
        Assert.Equal((Find("bin/tool").Inode, 2u, 0), (Find("bin/again").Inode, Find("bin/again").Links, Find("bin/again").Data.Length));
        Assert.Equal((0x21B6u, 1u, 3u), (Find("dev/null").Mode, Find("dev/null").Major, Find("dev/null").Minor));
        Assert.Equal("usr/lib"u8.ToArray(), Find("lib").Data);
        Assert.Equal(0x1000u, Find("run/pipe").Mode & 0xF000);
    }

    [Fact]
    public void A_tar_file_that_xz_compressed_is_read()
    {
        string path = Path.Combine(_folder, "root.tar.xz");
        File.WriteAllBytes(path, Convert.FromBase64String(XzFile));
        CpioArchiveEntry entry = Assert.Single(Pack(new RootTarFile(path)));
        Assert.Equal(("file", 0x81A0u, 5u, 6u, 1_000_000_000u, "from xz\n"), (entry.Name, entry.Mode, entry.UserId, entry.GroupId, entry.Time, Encoding.ASCII.GetString(entry.Data)));
    }

    [Theory]
    [InlineData("no tar file at all, but long enough that something could be in it")]
    [InlineData("\x1f\x8b broken")]
    public void A_file_that_is_no_tar_file_is_refused_in_a_sentence(string content)
    {
        string path = Path.Combine(_folder, "root.tar");
        File.WriteAllBytes(path, [.. Encoding.Latin1.GetBytes(content), .. new byte[2000].Select((_, i) => (byte)(i | 1))]);
        Assert.Throws<ToolException>(() => Pack(new RootTarFile(path)));
    }

    private static void WriteTar(Stream stream)
    {
        using var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "./bin/") { Mode = (UnixFileMode)0x1ED });
        writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "./bin/tool") { Mode = (UnixFileMode)0x9ED, Uid = 7, Gid = 8, DataStream = new MemoryStream("#!tool"u8.ToArray()) });
        writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "./bin/again") { LinkName = "./bin/tool" });
        writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "dev/null") { Mode = (UnixFileMode)0x1B6, DeviceMajor = 1, DeviceMinor = 3 });
        writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "lib") { LinkName = "usr/lib" });
        writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "run/pipe"));
    }

    private static List<CpioArchiveEntry> Pack(IRootSource source)
    {
        using var output = new MemoryStream();
        var archive = new CpioStream(output);
        source.Pack(archive, new PackingProgress(_ => { }));
        archive.WriteTrailer();
        return CpioArchive.Read(output.ToArray());
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private string MakeTree()
    {
        string root = Path.Combine(_folder, "tree");
        const string Script = """
            mkdir -p "$1/etc" "$1/tmp" && cd "$1" && echo secret > etc/secret && chmod 640 etc/secret && chmod 1777 tmp
            touch -d @1000000000 etc/secret; ln etc/secret other; ln -s etc/secret link; mkfifo fifo
            """;
        Run("/bin/sh", "-ec", Script, "sh", root);
        return root;
    }
}
