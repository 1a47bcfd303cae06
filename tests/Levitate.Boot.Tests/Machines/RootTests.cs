using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>`./levitate run --rootfs`: programs of a root file system that is not the project's.</summary>
public sealed class RootTests
{
    [DebianFact]
    public void Debians_programs_run_in_Debians_root()
    {
        Execution result = Run("--rootfs", DebianRoot.Tools.PackedPath, "--", "bash", "-c", "set -e; . /etc/os-release; echo $ID $VERSION_CODENAME; ls -ld /tmp; stat -c '%a %U:%G' /etc/shadow; ls -l /usr/bin/passwd | cut -c1-10; perl -e 'print 6 * 7, qq(\\n)'; touch /var/new && rm /var/new; exit 4");
        Assert.Equal((4, ""), (result.Status, result.ErrorText));
        string[] lines = result.OutputText.Split('\n');
        Assert.Equal("debian bookworm", lines[0]);
        Assert.StartsWith("drwxrwxrwt", lines[1], StringComparison.Ordinal);
        Assert.Equal(["640 root:shadow", "-rwsr-xr-x", "42", ""], lines[2..]);
    }

    [DebianFact]
    public void Bash_has_job_control_and_less_and_vim_the_screen()
    {
        using var terminal = new HostTerminal([Repository.Launcher, "run", "--rootfs", DebianRoot.Tools.PackedPath, "-it", "--", "bash", "--norc"]);
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

        // What is not in there is missed there, and not in the image that comes with the tool.
        Execution missing = Run("--rootfs", root, "--", "no-such-program");
        Assert.Equal(127, missing.Status);
        Assert.Contains($"looked for in {root}", missing.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Everything_in_a_directory_is_in_the_machine_as_it_is_on_the_host()
    {
        string root = Path.Combine(Repository.Scratch, "various-root");

        // To make device nodes and to give files away takes root; without it the others are compared.
        const string Script = """
            rm -rf "$1" && mkdir -p "$1/tree/sub" && cp /usr/bin/busybox "$1/busybox" && cd "$1/tree"
            echo text > file && ln file hard && ln -s sub/none symbolic && mkfifo -m 620 pipe && touch -d '2001-02-03 04:05:06' old && : > empty
            chmod 4711 old && chmod 1777 sub && printf 'x%.0s' $(seq 5000) > sub/large && touch "$(printf 'a name\n\303\274\377')"
            mknod -m 640 null c 1 3 && mknod disk b 8 17 && chown 1000:2000 file sub && ln null sub/null && chown -h 7:8 symbolic
            true
            """;
        const string List = "cd /tree && /busybox find . -exec /busybox stat -c '%F %a %u:%g %h %s %t:%T %Y %n' {} + | /busybox sort; /busybox readlink symbolic; /busybox cat file; /busybox md5sum < sub/large";
        Execution made = HostCommand.Run(["/bin/sh", "-c", Script, "sh", root]);
        Assert.True(made.Status == 0, made.ToString());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string place = Directory.CreateTempSubdirectory("levitate-socket-").FullName;
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(place, "s")));
        File.Move(Path.Combine(place, "s"), Path.Combine(root, "tree", "socket"));
        Directory.Delete(place);

        Execution native = HostCommand.Run(["/bin/sh", "-c", List.Replace("/busybox", "/usr/bin/busybox", StringComparison.Ordinal).Replace("/tree", $"{root}/tree", StringComparison.Ordinal)]);
        Assert.Contains("socket", native.OutputText, StringComparison.Ordinal);
        Execution machine = Run("--rootfs", root, "--", "/busybox", "sh", "-c", List);

        // How large a directory is is the file system's business.
        Assert.Equal((0, WithoutDirectorySizes(native)), (machine.Status, WithoutDirectorySizes(machine)));

        static string WithoutDirectorySizes(Execution result) => Regex.Replace(Encoding.Latin1.GetString(result.Output), @"^(directory \S+ \S+ \d+) \d+", "$1", RegexOptions.Multiline);
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
