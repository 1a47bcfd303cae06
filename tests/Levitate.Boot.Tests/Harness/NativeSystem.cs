using System;
using System.Collections.Generic;
using System.IO;

namespace Levitate.Boot.Tests.Harness;

/// <summary>
/// The host's own Linux as the place to run a case: the default image is unpacked once, and each run gets a mount
/// namespace of its own with the image as its root, procfs, the host's devices and an empty /tmp.
/// </summary>
internal static class NativeSystem
{
    // The priority is the usual one, as in a VM, whatever the tests run at: programs tell it.
    // $1 the image's tree, $2 the folder with this case's files, the rest what to run in there.
    private const string Script = """
        root=$1; files=$2; shift 2
        renice -n 0 -p $$ > /dev/null 2>&1 || :
        mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || exit 125
        if [ -n "$files" ]; then cp -a "$files/." "$root/tmp/" && chmod 1777 "$root/tmp" || exit 125; fi
        exec chroot "$root" "$@"
        """;

    // The same for a root file system of Debian's, which wants /sys too. A process namespace, so that ps shows the case alone.
    private const string DebianScript = """
        root=$1; files=$2; shift 2
        renice -n 0 -p $$ > /dev/null 2>&1 || :
        mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || exit 125
        if [ -n "$files" ]; then cp -a "$files/." "$root/tmp/" && chmod 1777 "$root/tmp" || exit 125; fi
        chroot "$root" "$@"
        """;

    private static readonly Lazy<string> s_root = new(Unpack);
    private static readonly Lazy<string?> s_obstacle = new(FindObstacle);

    /// <summary>Why cases cannot run natively on this host; null where they can.</summary>
    public static string? Obstacle => s_obstacle.Value;

    /// <summary>Runs a case.</summary>
    public static Execution Run(GuestCase guestCase)
    {
        string files = guestCase.Files.Count == 0 ? "" : CaseFiles.Write(guestCase.Files);
        // A session of its own, as the first program of a VM has: the one that the tests run in may have its leader
        // outside of this process namespace, and then has no number here.
        List<string> command = guestCase.Root is { } root
            ? ["/usr/bin/setsid", "/usr/bin/unshare", "--mount", "--pid", "--fork", "/bin/sh", "-c", DebianScript, "sh", root.Tree, files]
            : ["/usr/bin/setsid", .. Unshare, "/bin/sh", "-c", Script, "sh", s_root.Value, files];
        // .NET ignores SIGPIPE, and children inherit that.
        command.AddRange(["/usr/bin/env", "-i", "--default-signal", "-C", guestCase.WorkingDirectory]);
        command.AddRange(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]);
        command.AddRange(guestCase.Environment);
        command.AddRange(guestCase.Command);
        return HostCommand.Run(command, guestCase.Input, TimeSpan.FromSeconds(guestCase.Seconds));
    }

    // Without root, a user namespace gives the right to mount and to change the root.
    private static string[] Unshare => Environment.IsPrivilegedProcess
        ? ["/usr/bin/unshare", "--mount"]
        : ["/usr/bin/unshare", "--user", "--map-root-user", "--mount"];

    private static string? FindObstacle()
    {
        string probe = Directory.CreateTempSubdirectory("levitate-probe-").FullName;
        try
        {
            Execution result = HostCommand.Run([.. Unshare, "/bin/sh", "-c", "mount -t proc proc \"$1\"", "sh", probe]);
            return result.Status == 0 ? null : $"this host lets nobody but root mount in a namespace: {result.ErrorText.Trim()}";
        }
        finally
        {
            Directory.Delete(probe);
        }
    }

    private static string Unpack()
    {
        Repository.EnsureBuilt();
        string root = Path.Combine(Repository.Scratch, "root");
        // busybox leaves the times of symbolic links, which are all 0 in the image.
        const string Unpacker = "rm -rf \"$1\" && mkdir -p \"$1\" && cd \"$1\" && busybox cpio -idm < \"$2\" && find . -type l -exec touch -h -d @0 {} +";
        Execution result = HostCommand.Run(["/bin/sh", "-c", Unpacker, "sh", root, Repository.Initramfs]);
        return result.Status == 0 ? root : throw new InvalidOperationException($"the image could not be unpacked:\n{result}");
    }
}
