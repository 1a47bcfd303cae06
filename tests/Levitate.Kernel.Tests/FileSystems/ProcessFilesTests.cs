using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Epoll;
using Levitate.Kernel.Files.Events;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;
using Levitate.Kernel.Time;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

/// <summary>What procfs tells of one process.</summary>
public sealed class ProcessFilesTests : RootTestKernel
{
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;

    private AddressSpace Space => Caller.Process.AddressSpace;

    [Fact]
    public void Status_has_Linux_s_fields_in_their_order()
    {
        string[] names = [.. ReadFile("/proc/self/status").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0])];
        Assert.Equal(
            [
                "Name", "Umask", "State", "Tgid", "Ngid", "Pid", "PPid", "TracerPid", "Uid", "Gid", "FDSize", "Groups", "NStgid", "NSpid", "NSpgid", "NSsid",
                "VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk", "VmExe", "VmLib", "VmPTE", "VmSwap",
                "CoreDumping", "THP_enabled", "Threads", "SigQ", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt",
                "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs",
                "Cpus_allowed", "Cpus_allowed_list", "Mems_allowed", "Mems_allowed_list", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches",
            ],
            names);
    }

    [Fact]
    public void Status_tells_what_is_mapped_by_kind_and_the_most_that_was()
    {
        Dictionary<string, long> before = Status();
        UserAddress stack = Map(0x8000, ReadWrite, MappingOptions.GrowsDown);
        UserAddress code = Map(0x3000, PageAccess.Read | PageAccess.Execute);
        Map(0x5000, ReadWrite, MappingOptions.Locked);
        Dictionary<string, long> now = Status();
        Assert.Equal(before["VmSize"] + 0x10 * 4, now["VmSize"]);
        Assert.Equal(32, now["VmStk"] - before["VmStk"]);
        Assert.Equal(12, now["VmLib"] - before["VmLib"]);
        Assert.Equal(20, now["VmData"] - before["VmData"]);
        Assert.Equal(20, now["VmLck"]);
        Assert.Equal(now["VmSize"], now["VmPeak"]);
        Assert.Equal(4 * Space.PageTable.CountTables(), now["VmPTE"]);
        Assert.Equal($"{now["VmSize"] / 4} {now["VmRSS"] / 4} {now["RssShmem"] / 4} {now["VmExe"] / 4} 0 {(now["VmData"] + now["VmStk"]) / 4} 0\n", ReadFile("/proc/self/statm"));

        Assert.Equal(Errno.None, Space.Unmap(stack, 0x8000));
        Assert.Equal(Errno.None, Space.Unmap(code, 0x3000));
        Assert.Equal(now["VmPeak"], Status()["VmPeak"]);
        Assert.Equal(0, Status()["VmStk"]);
    }

    [Fact]
    public void A_mapping_that_moves_is_no_peak()
    {
        UserAddress old = Map(0x10000, ReadWrite);
        Map(0x1000, ReadWrite);
        long peak = Status()["VmPeak"];
        Assert.True(Space.Remap(old, 0x10000, 0x10000, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, new UserAddress(0x1234_0000)).Succeeded);
        Assert.Equal(peak, Status()["VmPeak"]);
    }

    [Fact]
    public void Stat_tells_where_the_program_lies_to_who_may_look_into_the_process()
    {
        Space.SetLayout(new ProgramLayout(0x401000, 0x402345, 0x404000, 0x404321, 0x7ff0));
        Space.SetProgramBreakStart(new UserAddress(0x405000));
        string[] fields = Stat();
        Assert.Equal([$"{0x401000}", $"{0x402345}", $"{0x7ff0}", "0", "0"], fields[25..30]);
        Assert.Equal([$"{0x404000}", $"{0x404321}", $"{0x405000}", $"{(Buffer + 60000).Value}", $"{(Buffer + 60004).Value}"], fields[44..49]);
        Assert.Equal("64", fields[8]);
        Assert.Equal("17", fields[37]);

        Process other = Caller.Process.Kernel.Processes.Find(Caller.Process.ProcessId)!;
        other.IsDumpable = false;
        Assert.Equal(fields[25..30], Stat()[25..30]);
    }

    [Fact]
    public void Smaps_tells_of_each_mapping_and_smaps_rollup_the_sums()
    {
        UserAddress memory = Map(0x10000, ReadWrite | PageAccess.Execute);
        Touch(memory, 3);
        UserAddress shared = Map(0x4000, ReadWrite, MappingOptions.Shared);
        UserAddress again = Space.Remap(shared, 0, 0x4000, RemapFlags.MREMAP_MAYMOVE, default).Value;
        Touch(shared, 2);
        Touch(again, 1);
        Map(0x2000, PageAccess.Read);

        // What reads it brings no page in then.
        Touch(Buffer, 16);
        string text = ReadFile("/proc/self/smaps");

        Dictionary<string, string> anonymous = Mapping(text, memory);
        Assert.Equal("64 kB", anonymous["Size"]);
        Assert.Equal("4 kB", anonymous["KernelPageSize"]);
        Assert.Equal("12 kB", anonymous["Rss"]);
        Assert.Equal("12 kB", anonymous["Pss"]);
        Assert.Equal("12 kB", anonymous["Private_Dirty"]);
        Assert.Equal("12 kB", anonymous["Anonymous"]);
        Assert.Equal("12 kB", anonymous["Referenced"]);
        Assert.Equal("rd wr ex mr mw me", anonymous["VmFlags"]);

        // One of two pages is mapped twice.
        Dictionary<string, string> first = Mapping(text, shared);
        Assert.Equal(["8 kB", "6 kB", "4 kB", "4 kB", "0 kB"], new[] { "Rss", "Pss", "Shared_Dirty", "Private_Dirty", "Anonymous" }.Select(name => first[name]));
        Assert.Equal("rd wr sh mr mw ms", first["VmFlags"]);
        Assert.Equal("2 kB", Mapping(text, again)["Pss"]);

        Dictionary<string, string> sums = Fields(ReadFile("/proc/self/smaps_rollup").Split('\n')[1..]);
        foreach (string name in sums.Keys.Where(name => name is not ("Pss_Anon" or "Pss_File" or "Pss_Shmem")))
        {
            long sum = text.Split('\n').Where(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Sum(Number);
            Assert.Equal($"{sum} kB", sums[name]);
        }

        Assert.Equal($"{Status()["VmRSS"]} kB", sums["Rss"]);
        Assert.Equal("8 kB", sums["Pss_Shmem"]);
        Assert.EndsWith(" ---p 00000000 00:00 0                          [rollup]", ReadFile("/proc/self/smaps_rollup").Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Smaps_of_a_mapping_as_large_as_can_be_does_not_take_forever()
    {
        UserAddress memory = Map(1UL << 45, ReadWrite, MappingOptions.NoReserve);
        Touch(memory + (1UL << 44), 1);
        Assert.Equal("4 kB", Mapping(ReadFile("/proc/self/smaps"), memory)["Rss"]);
    }

    [Fact]
    public void Smaps_of_many_mappings_is_made_in_parts_that_can_be_read_again()
    {
        UserAddress memory = Map(500 * 2 * PageSize.Bytes, ReadWrite | PageAccess.Execute);
        for (ulong i = 0; i < 500; i++)
        {
            Assert.Equal(Errno.None, Space.Protect(memory + (i * 2 * PageSize.Bytes), PageSize.Bytes, PageAccess.Read));
        }

        Touch(Buffer, 16);
        string text = ReadFile("/proc/self/smaps");
        Assert.Equal(ReadFile("/proc/self/maps").Count(symbol => symbol == '\n'), text.Split("\nVmFlags:").Length - 1);
        int file = Open("/proc/self/smaps");
        foreach (int offset in (int[])[text.Length - 100, text.Length / 2, 1000, text.Length, 0])
        {
            Assert.Equal(Math.Min(100, text.Length - offset), ReadWriteSyscalls.Lseek(Caller, file, offset, SeekFrom.SEEK_SET).Value == offset ? ReadText(file, 100).Length : -1);
        }
    }

    [Fact]
    public void Smaps_is_not_for_other_users()
    {
        Process init = new() { Kernel = Caller.Process.Kernel, ProcessId = Caller.Process.Kernel.Processes.AllocateId(), AddressSpace = Space, Files = Caller.Files, FileSystem = Caller.Process.FileSystem, Credentials = Credentials.Root, Limits = new ResourceLimits() };
        init.Kernel.Processes.Add(init);
        Assert.Equal(Errno.ESRCH, ReadError($"/proc/{init.ProcessId}/smaps_rollup"));
        Assert.Equal(string.Empty, ReadFile($"/proc/{init.ProcessId}/smaps"));
        Caller.Process.Credentials = Credentials.Root with { FileSystemUserId = 5, EffectiveCapabilities = 0, PermittedCapabilities = 0 };
        Assert.Equal(Errno.EACCES, OpenSyscalls.Open(Caller, Put($"/proc/{init.ProcessId}/smaps"), OpenFlags.O_RDONLY, 0).Error);
        Assert.Equal(Errno.EACCES, OpenSyscalls.Open(Caller, Put($"/proc/{init.ProcessId}/smaps_rollup"), OpenFlags.O_RDONLY, 0).Error);
        string[] fields = ReadFile($"/proc/{init.ProcessId}/stat").Trim().Split(' ');
        Assert.Equal("0", fields[47]);
    }

    [Fact]
    public void Io_counts_what_calls_read_and_wrote_failed_ones_too()
    {
        Dictionary<string, long> before = Io();
        int file = Open("/dev/zero", OpenFlags.O_RDWR);
        Assert.Equal(100, ReadWriteSyscalls.Read(Caller, file, Buffer, 100).Value);
        Assert.Equal(30, ReadWriteSyscalls.Pread64(Caller, file, Buffer, 30, 0).Value);
        Assert.Equal(7, ReadWriteSyscalls.Write(Caller, file, Buffer, 7).Value);
        Assert.Equal(Errno.ESPIPE, ReadWriteSyscalls.Pread64(Caller, 0, Buffer, 30, 0).Error);
        Assert.Equal(Errno.ENOSPC, ReadWriteSyscalls.Write(Caller, Open("/dev/full", OpenFlags.O_RDWR), Buffer, 7).Error);
        Dictionary<string, long> after = Io();
        Assert.Equal(["rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "cancelled_write_bytes"], after.Keys);

        // The first reading of io itself was two calls, of which one read something.
        Assert.Equal(130 + LengthOfIo(before), after["rchar"] - before["rchar"]);
        Assert.Equal(3 + 2, after["syscr"] - before["syscr"]);
        Assert.Equal(7, after["wchar"] - before["wchar"]);
        Assert.Equal(2, after["syscw"] - before["syscw"]);
        Assert.Equal(0, after["write_bytes"]);

        static long LengthOfIo(Dictionary<string, long> io) => io.Sum(field => $"{field.Key}: {field.Value}\n".Length);
    }

    [Fact]
    public void Namespaces_are_everybody_s_and_tell_their_kind()
    {
        string[] names = ["ipc", "mnt", "net", "pid", "pid_for_children", "user", "uts"];
        int directory = Open("/proc/self/ns", OpenFlags.O_DIRECTORY);
        long read = DirectorySyscalls.Getdents64(Caller, directory, Buffer, 4096).Value;
        Assert.True(read > 0);
        foreach (string name in names)
        {
            string link = ReadLink($"/proc/self/ns/{name}");
            Assert.Matches($"^{name.Split('_')[0]}:\\[40265318[34][0-9]\\]$", link);
            int file = Open($"/proc/self/ns/{name}");
            Assert.Equal($"{link[(name.Split('_')[0].Length + 2)..^1]}", $"{Caller.Files.Get(file).Value.Inode.Number}");
            Assert.Equal(link, ReadLink($"/proc/self/fd/{file}"));
            Assert.Equal(Errno.EINVAL, ReadWriteSyscalls.Read(Caller, file, Buffer, 10).Error);
        }

        Assert.Equal((long)CloneFlags.CLONE_NEWUTS, DescriptorSyscalls.Ioctl(Caller, Open("/proc/self/ns/uts"), 0xb703, 0).Value);
        Assert.Equal(Errno.EPERM, OpenSyscalls.Open(Caller, Put("/proc/self/ns/uts"), OpenFlags.O_RDWR, 0).Error);
        Assert.Equal(ReadLink("/proc/self/ns/pid"), ReadLink("/proc/self/ns/pid_for_children"));
    }

    [Fact]
    public void Fdinfo_tells_what_is_particular_to_a_kind_of_file()
    {
        int counter = (int)EventSyscalls.Eventfd2(Caller, 26, EventFlags.None).Value;
        Assert.EndsWith("\neventfd-count:               1a\n", Info(counter), StringComparison.Ordinal);

        Caller.Memory.Write(Buffer, 0x8001UL);
        int signals = (int)SignalFileSyscalls.Signalfd4(Caller, -1, Buffer, 8, OpenFlags.O_CLOEXEC).Value;
        Assert.Contains("\nflags:\t02000002\n", Info(signals), StringComparison.Ordinal);
        Assert.EndsWith("\nsigmask:\t0000000000008001\n", Info(signals), StringComparison.Ordinal);

        int timer = (int)TimerFileSyscalls.TimerfdCreate(Caller, ClockId.CLOCK_MONOTONIC, default).Value;
        Assert.EndsWith("\nclockid: 1\nticks: 0\nsettime flags: 00\nit_value: (0, 0)\nit_interval: (0, 0)\n", Info(timer), StringComparison.Ordinal);

        int epoll = (int)EpollSyscalls.EpollCreate1(Caller, default).Value;
        Caller.Memory.Write(Buffer, new EpollEvent(EpollEvents.EPOLLIN, 0xabc));
        Assert.Equal(Errno.None, EpollSyscalls.EpollCtl(Caller, epoll, EpollOperation.EPOLL_CTL_ADD, counter, Buffer).Error);
        Inode watched = Caller.Files.Get(counter).Value.Inode;
        Assert.EndsWith($"\ntfd: {counter,8} events:       19 data:              abc  pos:0 ino:{watched.Number:x} sdev:{watched.FileSystem.Device.Minor:x}\n", Info(epoll), StringComparison.Ordinal);

        int watcher = (int)InotifySyscalls.InotifyInit1(Caller, default).Value;
        Assert.Equal(1, InotifySyscalls.InotifyAddWatch(Caller, watcher, Put("/bin"), InotifyMask.IN_CREATE).Value);
        Assert.Matches("\ninotify wd:1 ino:[0-9a-f]+ sdev:[0-9a-f]+ mask:100 ignored_mask:0 \n$", Info(watcher));

        int process = (int)ProcessFileSyscalls.PidfdOpen(Caller, Caller.Process.ProcessId, default).Value;
        Assert.EndsWith($"\nPid:\t{Caller.Process.ProcessId}\nNSpid:\t{Caller.Process.ProcessId}\n", Info(process), StringComparison.Ordinal);
    }

    [Fact]
    public void Locks_are_shown_to_all_and_in_the_fdinfo_of_who_has_them()
    {
        int first = Open("/dev/lock", OpenFlags.O_CREAT | OpenFlags.O_RDWR), second = Open("/dev/lock", OpenFlags.O_RDWR);
        int id = Caller.Process.ProcessId;
        Inode file = Caller.Files.Get(first).Value.Inode;
        string place = $"00:{file.FileSystem.Device.Minor:x2}:{file.Number}";
        Assert.Equal(string.Empty, ReadFile("/proc/locks"));
        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, first, LockOperation.LOCK_SH).Error);
        LockRange(second, FileCommand.F_SETLK, 10, 5);
        LockRange(second, FileCommand.F_OFD_SETLK, 100, 0);
        string[] locks = [$"1: FLOCK  ADVISORY  READ {id} {place} 0 EOF", $"2: POSIX  ADVISORY  WRITE {id} {place} 10 14", $"3: OFDLCK ADVISORY  WRITE -1 {place} 100 EOF"];
        Assert.Equal(locks, ReadFile("/proc/locks").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith($"\nlock:\t{locks[0]}\n", Info(first), StringComparison.Ordinal);
        Assert.EndsWith($"\nlock:\t1{locks[1][1..]}\nlock:\t2{locks[2][1..]}\n", Info(second), StringComparison.Ordinal);

        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, first, LockOperation.LOCK_UN).Error);
        OpenSyscalls.Close(Caller, second);
        Assert.Equal(string.Empty, ReadFile("/proc/locks"));
        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, first, LockOperation.LOCK_EX).Error);
        Assert.Equal($"1: FLOCK  ADVISORY  WRITE {id} {place} 0 EOF\n", ReadFile("/proc/locks"));
    }

    [Fact]
    public void Files_that_have_lost_their_locks_are_forgotten_when_they_are_closed()
    {
        LockedFiles files = Caller.Process.Kernel.Files.LockedFiles;
        int[] open = [.. Enumerable.Range(0, 200).Select(i => Open($"/dev/lock{i}", OpenFlags.O_CREAT | OpenFlags.O_RDWR))];
        foreach (int file in open)
        {
            Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, file, LockOperation.LOCK_EX).Error);
            LockRange(file, FileCommand.F_SETLK, 1, 1);
        }

        Assert.Equal(200, files.Count);
        Assert.Equal(400, ReadFile("/proc/locks").Count(symbol => symbol == '\n'));
        int kept = open[100], other = Open("/dev/lock100", OpenFlags.O_RDWR);
        foreach (int file in open.Where(file => file != kept))
        {
            OpenSyscalls.Close(Caller, file);
        }

        Assert.Equal(1, files.Count);
        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, other, LockOperation.LOCK_UN).Error);
        OpenSyscalls.Close(Caller, other);
        Assert.StartsWith("1: FLOCK ", ReadFile("/proc/locks"), StringComparison.Ordinal);
        Assert.Equal(1, files.Count);
        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, kept, LockOperation.LOCK_UN).Error);
        Assert.Equal(string.Empty, ReadFile("/proc/locks"));
        OpenSyscalls.Close(Caller, kept);
        Assert.Equal(0, files.Count);
    }

    [Fact]
    public void Many_locks_are_made_some_at_a_time_and_each_is_shown_once()
    {
        const int Ranges = 1000;
        int first = Open("/dev/lock", OpenFlags.O_CREAT | OpenFlags.O_RDWR), second = Open("/dev/other", OpenFlags.O_CREAT | OpenFlags.O_RDWR);
        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, first, LockOperation.LOCK_SH).Error);
        for (int i = 0; i < Ranges; i++)
        {
            LockRange(first, FileCommand.F_SETLK, 2 * i, 1);
        }

        Assert.Equal(Errno.None, LockSyscalls.Flock(Caller, second, LockOperation.LOCK_SH).Error);
        string[] lines = ReadFile("/proc/locks").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, Ranges + 2).Select(i => $"{i}:"), lines.Select(line => line.Split(' ')[0]));
        Assert.Equal(Enumerable.Range(0, Ranges).Select(i => $" {2 * i} {2 * i}"), lines[1..^1].Select(line => line[^(2 + (2 * line.Split(' ')[^1].Length))..]));
        Assert.Equal(lines[..^1].Select(line => $"lock:\t{line}"), Info(first).Split('\n', StringSplitOptions.RemoveEmptyEntries)[4..]);

        // While it is read, the first file loses its locks: the second's is shown all the same.
        var place = new ProcPlace();
        var text = new ProcText();
        Assert.Equal(Errno.None, LockFiles.WriteAll(text, Caller, ref place));
        Assert.True(text.Length < 10_000);
        OpenSyscalls.Close(Caller, first);
        Assert.Equal(Errno.None, LockFiles.WriteAll(text, Caller, ref place));
        Assert.EndsWith($":{Caller.Files.Get(second).Value.Inode.Number} 0 EOF\n", Encoding.ASCII.GetString(text.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_items_of_an_epoll_are_told_some_at_a_time_in_the_order_in_which_they_came()
    {
        const int Items = 500;
        int epoll = (int)EpollSyscalls.EpollCreate1(Caller, default).Value;
        int[] counters = [.. Enumerable.Range(0, Items).Select(_ => (int)EventSyscalls.Eventfd2(Caller, 0, EventFlags.None).Value)];
        foreach (int counter in counters)
        {
            Caller.Memory.Write(Buffer, new EpollEvent(EpollEvents.EPOLLIN, (ulong)counter));
            Assert.Equal(Errno.None, EpollSyscalls.EpollCtl(Caller, epoll, EpollOperation.EPOLL_CTL_ADD, counter, Buffer).Error);
        }

        Assert.Equal(counters, Told(Info(epoll)));
        var description = (EpollDescription)Caller.Files.Get(epoll).Value;
        var text = new ProcText();
        ulong place = description.WriteDetails(text, 0);
        Assert.NotEqual(0UL, place);
        foreach (int counter in counters[..^1])
        {
            OpenSyscalls.Close(Caller, counter);
        }

        Assert.Equal(0UL, description.WriteDetails(text, place));
        int[] told = Told(Encoding.ASCII.GetString(text.ToArray()));
        Assert.Equal(counters[..(told.Length - 1)], told[..^1]);
        Assert.Equal(counters[^1], told[^1]);

        static int[] Told(string info) => [.. info.Split('\n').Where(line => line.StartsWith("tfd:", StringComparison.Ordinal)).Select(line => (int)Number(line.Split("events")[0]))];
    }

    private void LockRange(int fd, FileCommand command, long start, long length)
    {
        Caller.Memory.Write(Buffer, new FileLockArgument { Type = RecordLockType.F_WRLCK, Start = start, Length = length });
        Assert.Equal(Errno.None, DescriptorSyscalls.Fcntl(Caller, fd, command, Buffer.Value).Error);
    }

    private string Info(int fd) => ReadFile($"/proc/self/fdinfo/{fd}");

    private Dictionary<string, long> Io() => Fields(ReadFile("/proc/self/io").Split('\n')).ToDictionary(field => field.Key, field => Number(field.Value));

    private Errno ReadError(string path)
    {
        int file = Open(path);
        SyscallResult result = ReadWriteSyscalls.Read(Caller, file, Buffer, 100);
        OpenSyscalls.Close(Caller, file);
        return result.Error;
    }

    private UserAddress Map(ulong length, PageAccess access, MappingOptions options = MappingOptions.None) =>
        Space.Map(default, length, access, access, options, null, 0).Value;

    private void Touch(UserAddress start, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            Assert.Equal(Errno.None, Caller.Memory.Write(start + (ulong)(i * PageSize.Bytes), "x"u8));
        }
    }

    // The name has a blank in it.
    private string[] Stat() => ReadFile("/proc/self/stat").Trim().Replace("(test (1))", "(test)", StringComparison.Ordinal).Split(' ');

    private Dictionary<string, long> Status() => Fields(ReadFile("/proc/self/status").Split('\n').Where(line => line.EndsWith(" kB", StringComparison.Ordinal)))
        .ToDictionary(field => field.Key, field => Number(field.Value));

    private static Dictionary<string, string> Mapping(string smaps, UserAddress start)
    {
        string[] lines = smaps.Split('\n');
        int at = Array.FindIndex(lines, line => line.StartsWith($"{start.Value:x8}-", StringComparison.Ordinal));
        Assert.True(at >= 0, smaps);
        int next = Array.FindIndex(lines, at, line => line.StartsWith("VmFlags:", StringComparison.Ordinal));
        return Fields(lines[(at + 1)..(next + 1)]);
    }

    private static Dictionary<string, string> Fields(IEnumerable<string> lines) =>
        lines.Where(line => line.Contains(':', StringComparison.Ordinal)).Select(line => line.Split(':')).ToDictionary(parts => parts[0], parts => parts[1].Trim());

    private static long Number(string text) => long.Parse(new string([.. text.Where(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
}
