using System;
using System.Linq;
using System.Text;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Debian's own binaries: coreutils against glibc, and busybox's applets that need no fork.</summary>
public sealed class DebianTests
{
    private static readonly byte[] s_text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i * 7919 % 2000} of {i % 10}\n")));

    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        var random = new Random(1);
        byte[] tenMegabytes = new byte[10 << 20];
        random.NextBytes(tenMegabytes);

        table.Add("true", new("/bin/true") { Status = 0 });
        table.Add("echo", new("/bin/echo", "-e", "one\\ttwo", "three") { Status = 0 });
        table.Add("cat a file", new("/bin/cat", "/etc/passwd") { Status = 0 });
        table.Add("cat stdin", new("/bin/cat") { Input = s_text, Status = 0 });
        table.Add("cat nothing", new("/bin/cat", "/etc/nothing") { Status = 1 });
        table.Add("ls", new("/bin/ls", "/") { Status = 0 });
        table.Add("ls -l of files", new("/bin/ls", "-l", "/bin/hello_dynamic", "/bin/sh", "/etc/passwd", "/lib64/ld-linux-x86-64.so.2") { Status = 0 });
        table.Add("ls -l of a directory", new("/bin/ls", "-l", "/lib/tests/musl/alternative")
        {
            Status = 0,
            Differences = [new(@"^total \d+\n", "the host's file system counts its blocks otherwise")],
        });
        table.Add("ls -laR", new("/bin/ls", "-aR", "/lib") { Status = 0 });
        table.Add("ls of nothing", new("/bin/ls", "/nothing") { Status = 2 });
        table.Add("env", new("/usr/bin/env") { Environment = ["A=1"], Status = 0 });
        table.Add("env runs a program", new("/usr/bin/env", "-i", "X=y", "/bin/show_arguments", "z") { Status = 0 });
        table.Add("env and a missing program", new("/usr/bin/env", "no-such-program") { Status = 127 });
        table.Add("sha256sum of 10 MB", new("/usr/bin/sha256sum", "/tmp/data") { Files = [new("data", tenMegabytes, IsExecutable: false)], Status = 0 });
        table.Add("sha256sum of stdin", new("/usr/bin/sha256sum") { Input = s_text, Status = 0 });

        foreach (string line in (string[])
        [
            "echo a b", "cat /etc/group", "head -n 3", "tail -n 3", "wc", "sort", "sort -n -k2", "uniq", "cut -d\u00a0 -f2", "tr a-z A-Z", "tac", "rev",
            "grep 9$", "grep -c line", "sed s/line/LINE/", "awk {s+=$2}END{print\u00a0s}", "od -A\u00a0x -t\u00a0x1", "hexdump -C", "base64",
            "md5sum", "sha1sum", "sha512sum", "cksum", "gzip -c", "expr 6 * 7", "seq 1 20", "dirname /a/b/c", "basename /a/b/c",
            "printf %05d\\n 42", "date -u -d @0", "stat -c %s\u00a0%a\u00a0%F /bin/hello_dynamic", "find /lib/tests -name *.so", "du -a /etc", "id", "whoami", "pwd",
            "uname -s -m", "true", "false", "sleep 0.05", "sync", "readlink /bin/sh", "readlink -f /lib/ld-musl-x86_64.so.1", "realpath /lib/../bin/./sh",
            "test -d /etc", "[ 1 -lt 2 ]", "mkdir /tmp/x", "touch /tmp/y", "cp /etc/passwd /tmp/z", "ln -s a /tmp/l", "rm /nothing", "dd if=/dev/zero bs=1000 count=3",
            "cmp /etc/passwd /etc/group", "strings /bin/hello_dynamic", "bc", "sh -c echo\u00a0$((6*7));test\u00a0-e\u00a0/etc&&echo\u00a0yes", "sh -c cd\u00a0/usr;pwd;exit\u00a09",
            "sh -c while\u00a0read\u00a0x\u00a0y;do\u00a0echo\u00a0$y;done", "ls -l /bin/sh", "tar -c -f - /etc/passwd", "cpio -o -H newc", "factor 1234567890",
        ])
        {
            string[] words = [.. line.Split(' ').Select(word => word.Replace('\u00a0', ' '))];
            table.Add("busybox " + line.Replace('\u00a0', ' '), new(["/bin/busybox", .. words])
            {
                Input = words[0] == "bc" ? "2^100\n"u8.ToArray() : words[0] == "cpio" ? "/etc/passwd\n"u8.ToArray() : s_text,
                IsUnordered = words[0] is "find" or "du",
                Differences = words[0] switch
                {
                    "dd" => [new(@"^\d+ bytes.*\n", "the time that it took")],
                    "du" => [new(@"^\d+", "the host's file system counts its blocks otherwise")],
                    "cpio" => [new("[0-9A-F]{8}", "numbers of inodes and devices")],
                    _ => [],
                },
            });
        }

        return table;
    }
}
