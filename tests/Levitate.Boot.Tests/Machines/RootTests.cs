using System;
using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>`./levitate run --rootfs`: programs of a root file system that is not the project's.</summary>
public sealed class RootTests
{
    [DebianFact]
    public void Debians_programs_run_in_Debians_root()
    {
        Execution result = Run("--rootfs", DebianRoot.Tools.Path, "--", "bash", "-c", "set -e; . /etc/os-release; echo $ID $VERSION_CODENAME; ls -ld /tmp; stat -c '%a %U:%G' /etc/shadow; ls -l /usr/bin/passwd | cut -c1-10; perl -e 'print 6 * 7, qq(\\n)'; touch /var/new && rm /var/new; exit 4");
        Assert.Equal((4, ""), (result.Status, result.ErrorText.Replace($"Packing {DebianRoot.Tools.Path}...\n", "", StringComparison.Ordinal)));
        string[] lines = result.OutputText.Split('\n');
        Assert.Equal("debian bookworm", lines[0]);
        Assert.StartsWith("drwxrwxrwt", lines[1], StringComparison.Ordinal);
        Assert.Equal(["640 root:shadow", "-rwsr-xr-x", "42", ""], lines[2..]);
    }

    [DebianFact]
    public void Debians_tools_work_together()
    {
        const string Script = """
            set -e; cd /tmp; mkdir -p tree/sub
            for i in $(seq 1 50); do echo "line $i of file" > tree/sub/f$i; done
            find tree -name 'f*5' | sort | tr '\n' ' '; echo
            find tree -type f -print0 | xargs -0 cat | grep -c 'line [0-9]*3 '
            sed -n 's/line \([0-9]*\) of/\1/p' tree/sub/f7
            cat tree/sub/* | gawk '{ s += $2 } END { print s }'
            for z in gzip xz zstd; do tar --use-compress-program=$z -cf all.tar tree; mkdir out; tar --use-compress-program=$z -xf all.tar -C out; diff -r tree out/tree && echo $z; rm -r out; done
            sha256sum tree/sub/f1 | cut -c1-8; stat -c %a tree; ls -l tree/sub/f9 | cut -d' ' -f1,5
            ps -o comm= -p $$; pgrep -c bash; free -k | gawk '/^Mem/ { print ($2 > 100000) }'; df --output=fstype / | tail -n 1
            lscpu -p=CPU | tail -n 1; mount -t devpts | cut -d' ' -f1-5; lsof -p $$ -a -d cwd -F n | tail -n 1; uptime -p > /dev/null && echo up
            script -qec 'tty; stty size' /dev/null < /dev/null | tr -d '\r'
            """;
        Execution result = Run("--rootfs", DebianRoot.Tools.Path, "--", "bash", "-c", Script);
        Assert.Equal(
            "tree/sub/f15 tree/sub/f25 tree/sub/f35 tree/sub/f45 tree/sub/f5 \n5\n7 file\n1275\ngzip\nxz\nzstd\n656b8eed\n755\n-rw-r--r-- 15\nbash\n1\n1\ntmpfs\n0\ndevpts on /dev/pts type devpts\nn/tmp\nup\n/dev/pts/0\n0 0\n",
            result.OutputText);
        Assert.Equal(0, result.Status);
    }

    [DebianFact]
    public void Bash_has_job_control_and_less_and_vim_the_screen()
    {
        using var terminal = new HostTerminal([Repository.Launcher, "run", "--rootfs", DebianRoot.Tools.Path, "-it", "--", "bash", "--norc"]);
        terminal.WaitFor("# ");
        terminal.Type("(echo begun; sleep 100) | cat\r");
        terminal.WaitFor("begun\r\n");
        terminal.Type("\x1a");
        terminal.WaitFor("Stopped");
        terminal.Type("bg\r");
        terminal.WaitFor("&");
        terminal.Type("kill %1; wait %1; echo status $?\r");
        terminal.WaitFor("status 143\r\n");
        terminal.Type("seq 1 1000 | less\r");
        terminal.WaitFor("\n28\r\n");
        terminal.Type("G");
        terminal.WaitFor("1000");
        terminal.Type("q");
        terminal.WaitFor("# ");
        terminal.Type("vim.tiny /tmp/text\r");
        terminal.WaitFor("~");
        terminal.Type("ihello\x1b:wq\r");
        terminal.WaitFor("written");
        terminal.WaitFor("# ");
        terminal.Type("cat /tmp/text; exit 3\r");
        terminal.WaitFor("hello\r\n");
        Assert.Equal(3, terminal.WaitForEnd());
    }

    [MachineFact]
    public void A_directory_is_packed_once_and_again_when_it_changes()
    {
        Repository.EnsureBuilt();
        string root = Path.Combine(Repository.Scratch, "small-root");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.WriteAllBytes(Path.Combine(root, "bin", "busybox"), File.ReadAllBytes("/usr/bin/busybox"));
        File.SetUnixFileMode(Path.Combine(root, "bin", "busybox"), (UnixFileMode)0x1ED);
        File.WriteAllText(Path.Combine(root, "text"), "first\n");
        File.CreateSymbolicLink(Path.Combine(root, "link"), "text");

        string[] arguments = ["--rootfs", root, "--", "/bin/busybox", "cat", "/link"];
        Execution packed = Run(arguments);
        Assert.Equal((0, "first\n"), (packed.Status, packed.OutputText));
        Assert.StartsWith("Packing", packed.ErrorText, StringComparison.Ordinal);
        Assert.Equal((0, "first\n", ""), Triple(Run(arguments)));

        File.WriteAllText(Path.Combine(root, "text"), "second\n");
        Execution changed = Run(arguments);
        Assert.Equal((0, "second\n"), (changed.Status, changed.OutputText));
        Assert.StartsWith("Packing", changed.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_root_of_many_files_stands_in_memory_once()
    {
        const int Files = 2000, Length = 30_000;
        string root = Path.Combine(Repository.Scratch, "large-root");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(root, "files"));
        File.WriteAllBytes(Path.Combine(root, "busybox"), File.ReadAllBytes("/usr/bin/busybox"));
        File.SetUnixFileMode(Path.Combine(root, "busybox"), (UnixFileMode)0x1ED);
        byte[] content = new byte[Length];
        for (int i = 0; i < Files; i++)
        {
            new Random(i).NextBytes(content);
            File.WriteAllBytes(Path.Combine(root, "files", FormattableString.Invariant($"{i}")), content);
        }

        // 64 MiB of pages: twice would not fit.
        Execution result = Run("--memory", "112M", "--rootfs", root, "--", "/busybox", "sh", "-c", "/busybox cat /files/* | /busybox wc -c");
        Assert.Equal((0, $"{Files * Length}\n"), (result.Status, result.OutputText));
    }

    [MachineFact]
    public void A_root_that_is_not_there_is_refused()
    {
        Execution missing = Run("--rootfs", "/no/such/root", "--", "/bin/true");
        Assert.Equal(125, missing.Status);
        Assert.Contains("there is no /no/such/root", missing.ErrorText, StringComparison.Ordinal);
    }

    private static (int, string, string) Triple(Execution result) => (result.Status, result.OutputText, result.ErrorText);

    private static Execution Run(params string[] arguments)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run([Repository.Launcher, "run", "--timeout", "50", .. arguments], timeout: TimeSpan.FromMinutes(2));
    }
}
