using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Names, descriptors, streams, devices, procfs.</summary>
public sealed class FileTests
{
    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        table.AddForBoth("names", new("/bin/paths") { Status = 0 });
        table.AddForBoth("descriptors, pipes, devices", new("/bin/descriptors") { Status = 0 });
        table.AddForBoth("epoll", new("/bin/epoll") { Status = 0 });
        table.AddForBoth("timerfd, signalfd", new("/bin/event_files") { Status = 0 });
        table.AddForBoth("AF_UNIX sockets", new("/bin/unix_sockets") { Status = 0 });
        table.AddForBoth("record locks", new("/bin/record_locks") { Status = 0 });
        table.AddForBoth("extended attributes", new("/bin/xattrs") { Status = 0 });
        table.AddForBoth("splicing", new("/bin/splicing") { Status = 0 });
        table.AddForBoth("inotify", new("/bin/watching") { Status = 0 });
        table.AddForBoth("stdio", new("/bin/stdio") { Status = 0 });
        table.AddForBoth("signals of readiness", new("/bin/ready_signals") { Status = 0 });
        table.AddForBoth("procfs about oneself", new("/bin/proc_self", "argument") { Status = 0 });
        table.AddForBoth("figures of procfs", new("/bin/proc_figures") { Status = 0 });
        table.AddForBoth("a directory's entries", new("/bin/list_directory", "/bin") { Status = 0 });
        table.Add("an empty directory's entries", new("/bin/list_directory", "/var/tmp") { Status = 0 });
        table.AddForBoth("mounts", new("/bin/mounts") { Status = 0 });
        table.AddForBoth("options of mounts", new("/bin/mount_options") { Status = 0 });
        table.AddForBoth("statx, utimensat, close_range", new("/bin/status_calls") { Status = 0 });
        table.AddForBoth("copy_file_range, sendfile", new("/bin/copy_calls") { Status = 0 });
        table.AddForBoth("the kernel's log", new("/bin/kernel_log") { Status = 0 });
        table.AddForBoth("another root", new("/bin/pivot") { Status = 0 });
        table.AddForBoth("overlays", new("/bin/overlay") { Status = 0 });
        return table;
    }
}
