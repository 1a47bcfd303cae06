using System;
using System.Linq;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Terminals;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.FileSystems;

/// <summary>The tree and the standard streams that the first process finds, used through its system calls.</summary>
public sealed class RootFileSystemTests : RootTestKernel
{
    [Fact]
    public void The_archive_is_there_and_the_mounts_too()
    {
        Assert.Equal("#!/bin/sh", ReadFile("/bin/program"));
        string mounts = ReadFile("/proc/mounts");
        Assert.Equal(["/", "/dev", "/dev/pts", "/proc", "/sys"], mounts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1]));
        Assert.Contains("/ /proc rw,nosuid,nodev,noexec,relatime - proc proc rw", ReadFile("/proc/self/mountinfo"));
    }

    [Fact]
    public void Dev_null_zero_full_and_random_are_what_they_are()
    {
        int nothing = Open("/dev/null", OpenFlags.O_RDWR), zero = Open("/dev/zero", OpenFlags.O_RDWR), full = Open("/dev/full", OpenFlags.O_RDWR), random = Open("/dev/urandom");
        Assert.Equal(0, ReadWriteSyscalls.Read(Caller, nothing, Buffer, 100).Value);
        Assert.Equal(100, ReadWriteSyscalls.Write(Caller, nothing, Buffer, 100).Value);
        Assert.Equal(100, ReadWriteSyscalls.Read(Caller, zero, Buffer, 100).Value);
        Assert.Equal(0UL, Caller.Memory.Read<ulong>(Buffer).Value);
        Assert.Equal(Errno.ENOSPC, ReadWriteSyscalls.Write(Caller, full, Buffer, 1).Error);
        Assert.Equal(1000, ReadWriteSyscalls.Read(Caller, random, Buffer, 1000).Value);
        Assert.NotEqual(0UL, Caller.Memory.Read<ulong>(Buffer).Value);
        Assert.Equal(0, ReadWriteSyscalls.Lseek(Caller, zero, 55, SeekFrom.SEEK_SET).Value);
        Assert.Equal(new DeviceNumber(1, 9), Caller.Files.Get(random).Value.Inode.DeviceIdentity);
    }

    [Fact]
    public void Standard_input_passes_bytes_until_the_host_closes_it()
    {
        Input.Feed("in\0put\xff"u8);
        Assert.Equal("in\0", ReadText(0, 3));
        Assert.Equal("put\u00c3\u00bf", ReadText(0, 100));
        var host = new Thread(() =>
        {
            SimulatedParker.AwaitParked(Caller);
            Input.Feed("late"u8);
            Input.CloseInput();
        });
        host.Start();
        Assert.Equal("late", ReadText(0, 100));
        Assert.Equal(string.Empty, ReadText(0, 100));
        host.Join();
        Assert.Equal(Errno.ENOTTY, DescriptorSyscalls.Ioctl(Caller, 0, IoctlNumber.TCGETS, Buffer.Value).Error);
        Assert.Equal(Errno.ESPIPE, ReadWriteSyscalls.Lseek(Caller, 0, 0, SeekFrom.SEEK_CUR).Error);
    }

    [Fact]
    public void Standard_output_waits_for_room_or_says_EAGAIN()
    {
        Output.Room = 3;
        DescriptorSyscalls.Fcntl(Caller, 1, FileCommand.F_SETFL, (ulong)OpenFlags.O_NONBLOCK);
        Caller.Memory.Write(Buffer, "output"u8);
        Assert.Equal(3, ReadWriteSyscalls.Write(Caller, 1, Buffer, 6).Value);
        Assert.Equal(Errno.EAGAIN, ReadWriteSyscalls.Write(Caller, 1, Buffer + 3, 3).Error);
        DescriptorSyscalls.Fcntl(Caller, 1, FileCommand.F_SETFL, 0);
        var host = new Thread(() =>
        {
            SimulatedParker.AwaitParked(Caller);
            Output.Room = 2;
            SimulatedParker.AwaitParked(Caller, () => Output.Room == 0);
            Output.Room = 100;
        });
        host.Start();
        Assert.Equal(3, ReadWriteSyscalls.Write(Caller, 1, Buffer + 3, 3).Value);
        host.Join();
        Assert.Equal("output", Output.OutputText);
    }

    [Fact]
    public void The_console_is_a_terminal_that_edits_lines()
    {
        Assert.Equal(Errno.None, DescriptorSyscalls.Ioctl(Caller, 2, IoctlNumber.TCGETS, Buffer.Value).Error);
        Console.Feed("helxx\x7f\x7flo\r"u8);
        Assert.Equal("hello\n", ReadText(Open("/dev/tty", OpenFlags.O_RDWR), 100));
        Caller.Memory.Write(Buffer, "a\n"u8);
        Assert.Equal(2, ReadWriteSyscalls.Write(Caller, 2, Buffer, 2).Value);
        Assert.Equal("helxx\b \b\b \blo\r\na\r\n", Console.OutputText);
        Assert.Equal(Errno.None, DescriptorSyscalls.Ioctl(Caller, 2, IoctlNumber.TIOCGPGRP, Buffer.Value).Error);
        Assert.Equal(Caller.Process.ProcessId, Caller.Memory.Read<int>(Buffer).Value);
    }

    [Fact]
    public void Loadavg_shows_the_averages_rounded_to_hundredths()
    {
        Machine.Load = new ProcessorLoad(3, ProcessorLoad.Unit / 2, (ProcessorLoad.Unit * 2) - 1, 7 * ProcessorLoad.Unit / 100);
        Assert.StartsWith("0.50 2.00 0.07 3/", ReadFile("/proc/loadavg"));
    }

    [Fact]
    public void Schedstat_shows_what_the_machine_counted_of_its_processors_and_threads()
    {
        Machine.History = new ProcessorHistory(new ThreadHistory(1_000_001, 2_000_002, 33), 50, 17, 40, 30);
        Machine.SimulatedClock.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal("version 15\ntimestamp 250\ncpu0 0 0 50 17 40 30 1000001 2000002 33\n", ReadFile("/proc/schedstat"));
        ((SimulatedUserContext)Caller.Context).SimulatedHistory = new ThreadHistory(5_000_000_000, 7, 3);
        foreach (string place in (string[])["self", "thread-self", $"{Caller.ThreadId}/task/{Caller.ThreadId}"])
        {
            Assert.Equal("5000000000 7 3\n", ReadFile($"/proc/{place}/schedstat"));
        }
    }

    [Fact]
    public void Stat_and_interrupts_show_what_the_machine_counted_and_who_runs()
    {
        Machine.History = new ProcessorHistory(new ThreadHistory(0, 0, 33), 50, 17, 0, 0);
        Machine.Interrupts = new InterruptCounts(100, 20, 6);
        Machine.DeviceInterrupts = [0, 3];
        Machine.Load = new ProcessorLoad(2, 0, 0, 0);
        Machine.Times = new ProcessorTimes(700_000_000, 200_000_000, 0) { Nice = 400_000_000 };
        string stat = ReadFile("/proc/stat");
        Assert.StartsWith($"cpu  30 40 20 {Machine.IdleNanoseconds / 10_000_000} 0 ", stat, StringComparison.Ordinal);
        Assert.Contains("\nintr 123 0 3\nctxt 50\n", stat, StringComparison.Ordinal);
        Assert.EndsWith("\nprocs_running 2\nprocs_blocked 0\n", stat, StringComparison.Ordinal);
        Assert.Equal(
            "           CPU0\n  1:          3   IO-APIC    1-fasteoi   virtio\nLOC:        100   Local timer interrupts\nRES:         20   Requests of other processors\nTLB:          6   TLB shootdowns\n",
            ReadFile("/proc/interrupts"));
    }

    [Fact]
    public void Files_about_disks_are_empty_and_those_about_memory_and_devices_tell_what_is_counted()
    {
        Assert.Equal(string.Empty, ReadFile("/proc/diskstats"));
        Assert.Equal(string.Empty, ReadFile("/proc/partitions"));
        Assert.Equal("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", ReadFile("/proc/swaps"));
        Assert.Equal("Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 ptmx\n136 pts\n\nBlock devices:\n", ReadFile("/proc/devices"));
        Machine.SimulatedFrames.TableFrames = 5;
        Assert.EndsWith("\nPageTables:           20 kB\n", ReadFile("/proc/meminfo"), StringComparison.Ordinal);
        Assert.Contains("\nnr_page_table_pages 5\n", ReadFile("/proc/vmstat"), StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_that_are_kept_can_be_read()
    {
        Assert.Equal("65530\n", ReadFile("/proc/sys/vm/max_map_count"));
        Assert.Equal("65536\n", ReadFile("/proc/sys/kernel/ngroups_max"));
        Assert.Equal("0\n", ReadFile("/proc/sys/kernel/randomize_va_space"));
        Assert.Equal("16384\n", ReadFile("/proc/sys/fs/inotify/max_user_watches"));
        Assert.Equal("128\n", ReadFile("/proc/sys/fs/inotify/max_user_instances"));
        Assert.Equal("16384\n", ReadFile("/proc/sys/fs/inotify/max_queued_events"));
    }

    [Fact]
    public void The_collectors_last_stops_are_told_one_by_one()
    {
        Machine.RecentWorldStops = [(4, 100), (5, 250)];
        Assert.Equal("4 100\n5 250\n", ReadFile("/proc/levitate_stops"));
    }

    [Fact]
    public void Status_shows_where_a_thread_may_run_and_how_often_it_left_the_processor()
    {
        ((SimulatedUserContext)Caller.Context).SimulatedHistory = new ThreadHistory(0, 0, 9) { Sleeps = 5, Preemptions = 3 };
        Assert.EndsWith("\nCpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t3\n", ReadFile("/proc/self/status"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_of_proc_can_be_read()
    {
        string[] files =
        [
            "cmdline", "cpuinfo", "filesystems", "interrupts", "levitate", "loadavg", "meminfo", "schedstat", "stat", "uptime", "version", "sys/kernel/osrelease", "sys/kernel/random/uuid",
            "self/auxv", "self/cmdline", "self/comm", "self/environ", "self/limits", "self/maps", "self/mountinfo", "self/stat", "self/statm", "self/status",
            "self/fdinfo/0", "thread-self/stat", $"{Caller.Process.ProcessId}/task/{Caller.ThreadId}/comm",
        ];
        foreach (string file in files)
        {
            string content = ReadFile("/proc/" + file);
            Assert.True(content.Length > 0 || file is "self/auxv" or "self/environ", file);
        }

        Assert.Equal("a\0b\0", ReadFile("/proc/self/cmdline"));
        string[] fields = ReadFile("/proc/self/stat").Trim().Split(' ');
        Assert.Equal(52 + 1, fields.Length);
        Assert.Equal(["1", "(test", "(1))", "R"], fields[..4]);
        Assert.Matches("^[0-9a-f]{8,}-[0-9a-f]{8,} rw-p 00000000 00:00 0 \n$", ReadFile("/proc/self/maps"));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$", ReadFile("/proc/sys/kernel/random/uuid"));
    }

    [Fact]
    public void Stat_shows_the_limit_of_resident_memory()
    {
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_RSS] = new ResourceLimit(12345, 23456);
        Assert.Equal("12345", ReadFile("/proc/self/stat").Trim().Split(' ')[25]);
    }

    [Fact]
    public void Threads_of_a_process_name_each_other()
    {
        Process process = Caller.Process;
        UserThread other = UserThread.Create(process, process.Kernel.Processes.AllocateId()).Value;
        Assert.True(process.TryAddThread(other));
        string file = $"/proc/self/task/{other.ThreadId}/comm";
        Assert.Equal(Errno.None, StatusSyscalls.Stat(Caller, Put(file), Buffer).Error);
        Assert.Equal(0x1a4u, Caller.Memory.Read<FileStatus>(Buffer).Value.Mode & FileMode.S_IALLUGO);
        Assert.Equal(5, Write("other"));
        Assert.Equal("other\n", ReadFile(file));
        Assert.Equal("test (1)\n", ReadFile("/proc/self/comm"));
        Assert.Equal(20, Write("0123456789abcdefghij"));
        Assert.Equal("0123456789abcde\n", ReadFile(file));
        Assert.Equal(4, Write("a b\n"));
        Assert.Equal("a b\n\n", ReadFile(file));
        Assert.Equal(4, Write("x\0yz"));
        Assert.Equal("x\n", ReadFile(file));

        long Write(string name)
        {
            int fd = Open(file, OpenFlags.O_RDWR);
            Caller.Memory.Write(Buffer, Encoding.Latin1.GetBytes(name));
            SyscallResult result = ReadWriteSyscalls.Write(Caller, fd, Buffer, (ulong)name.Length);
            OpenSyscalls.Close(Caller, fd);
            return result.Value;
        }
    }

    [Fact]
    public void Overcommitment_is_by_the_heuristic() => Assert.Equal("0\n", ReadFile("/proc/sys/vm/overcommit_memory"));

    [Fact]
    public void The_links_of_a_process_lead_to_its_files()
    {
        Assert.Equal("#!/bin/sh", ReadFile("/proc/self/exe"));
        Assert.Equal("#!/bin/sh", ReadFile("/proc/self/root/bin/program"));
        int fd = Open("/bin/program");
        Assert.Equal("#!/bin/sh", ReadFile($"/dev/fd/{fd}"));
        Assert.Equal("/bin/program", ReadLink($"/proc/self/fd/{fd}"));
        Assert.StartsWith("pipe:[", ReadLink("/proc/self/fd/0"));
        Assert.Equal("/dev/console", ReadLink("/proc/self/fd/2"));
        Assert.Equal("/", ReadLink("/proc/self/cwd"));
        Assert.Equal(Errno.ENOENT, OpenSyscalls.Open(Caller, Put("/proc/self/fd/77"), OpenFlags.O_RDONLY, 0).Error);
        Assert.Equal(Errno.ENOENT, OpenSyscalls.Open(Caller, Put("/proc/new"), OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0).Error);
    }
}
