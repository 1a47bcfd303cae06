using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class TmpfsTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void An_unlinked_file_lives_while_it_is_open_and_its_frames_go_with_the_last_descriptor()
    {
        _kernel.Create("/f", new string('x', 10000));
        long free = _kernel.Machine.Frames.FreeFrames;
        int fd = _kernel.Open("/f");
        Assert.Equal(Errno.None, _kernel.Unlink("/f"));
        Assert.Equal(10000, _kernel.Read(fd, 20000).Length);
        Assert.Equal(free, _kernel.Machine.Frames.FreeFrames);
        _kernel.Close(fd);
        Assert.Equal(free + 3, _kernel.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void O_APPEND_writes_at_the_end_and_O_TRUNC_empties()
    {
        _kernel.Create("/f", "one");
        int fd = _kernel.Open("/f", OpenFlags.O_WRONLY | OpenFlags.O_APPEND);
        _kernel.Write(fd, "two"u8);
        Assert.Equal(6, ReadWriteSyscalls.Lseek(_kernel.Caller, fd, 0, SeekFrom.SEEK_CUR).Value);
        _kernel.Caller.Memory.Write(_kernel.Scratch, "3"u8);
        Assert.Equal(1, ReadWriteSyscalls.Pwrite64(_kernel.Caller, fd, _kernel.Scratch, 1, 0).Value);
        _kernel.Close(fd);
        Assert.Equal("onetwo3", _kernel.ReadText("/f"));
        _kernel.Close(_kernel.Open("/f", OpenFlags.O_RDONLY | OpenFlags.O_TRUNC));
        Assert.Equal(string.Empty, _kernel.ReadText("/f"));
    }

    [Fact]
    public void Holes_read_as_zeros_and_take_no_memory()
    {
        int fd = _kernel.Open("/f", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        FileTestKernel.Check(LengthSyscalls.Ftruncate(_kernel.Caller, fd, 1L << 40));
        long free = _kernel.Machine.Frames.FreeFrames;
        Assert.All(_kernel.Read(fd, 9000), value => Assert.Equal(0, value));
        Assert.Equal(free, _kernel.Machine.Frames.FreeFrames);
        Assert.Equal(Errno.ENXIO, ReadWriteSyscalls.Lseek(_kernel.Caller, fd, 0, SeekFrom.SEEK_DATA).Error);
        Assert.Equal(0, ReadWriteSyscalls.Lseek(_kernel.Caller, fd, 0, SeekFrom.SEEK_HOLE).Value);
        _kernel.Close(fd);
    }

    [Fact]
    public void A_write_that_faults_half_way_stores_what_came_before()
    {
        int fd = _kernel.Open("/f", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        UserAddress page = _kernel.LonePage();
        Assert.Equal(1000, ReadWriteSyscalls.Write(_kernel.Caller, fd, page + 3096, 5000).Value);
        Assert.Equal(Errno.EFAULT, ReadWriteSyscalls.Write(_kernel.Caller, fd, page + 4096, 10).Error);
        Assert.Equal(1000, _kernel.Stat("/f").Size);
        _kernel.Close(fd);
    }

    [Theory]
    [InlineData(0x600000000000UL)]
    [InlineData(0x7fffffffffffUL)]
    [InlineData(0xffff800000000000UL)]
    [InlineData(ulong.MaxValue)]
    public void Kernel_addresses_are_EFAULT(ulong address)
    {
        _kernel.Create("/f", "content");
        int fd = _kernel.Open("/f", OpenFlags.O_RDWR);
        Assert.Equal(Errno.EFAULT, ReadWriteSyscalls.Read(_kernel.Caller, fd, new UserAddress(address), 5).Error);
        Assert.Equal(Errno.EFAULT, ReadWriteSyscalls.Write(_kernel.Caller, fd, new UserAddress(address), 5).Error);
        Assert.Equal(Errno.EFAULT, StatusSyscalls.Fstat(_kernel.Caller, fd, new UserAddress(address)).Error);
        Assert.Equal(Errno.EFAULT, OpenSyscalls.Open(_kernel.Caller, new UserAddress(address), OpenFlags.O_RDONLY, 0).Error);
        _kernel.Close(fd);
    }

    [Fact]
    public void Readv_fills_its_pieces_in_turn()
    {
        _kernel.Create("/f", "abcdefghij");
        int fd = _kernel.Open("/f");
        UserAddress a = _kernel.Simulated.Map(16), b = _kernel.Simulated.Map(16);
        ulong[] vector = [a.Value, 3, b.Value, 0, b.Value, 5];
        UserAddress address = _kernel.Simulated.Put(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
        Assert.Equal(8, ReadWriteSyscalls.Readv(_kernel.Caller, fd, address, 3).Value);
        Assert.Equal((byte)'c', _kernel.Caller.Memory.Read<byte>(a + 2).Value);
        Assert.Equal((byte)'h', _kernel.Caller.Memory.Read<byte>(b + 4).Value);
        Assert.Equal(Errno.EINVAL, ReadWriteSyscalls.Readv(_kernel.Caller, fd, address, 1025).Error);
        _kernel.Close(fd);
    }

    [Fact]
    public void Rename_moves_replaces_exchanges_and_refuses()
    {
        _kernel.MakeDirectory("/d");
        _kernel.MakeDirectory("/d/sub");
        _kernel.Create("/a", "a");
        _kernel.Create("/b", "b");
        Assert.Equal(Errno.None, _kernel.Rename("/a", "/b"));
        Assert.Equal("a", _kernel.ReadText("/b"));
        Assert.Equal(Errno.ENOENT, _kernel.StatError("/a"));
        Assert.Equal(Errno.EINVAL, _kernel.Rename("/d", "/d/sub/x"));
        Assert.Equal(Errno.EISDIR, _kernel.Rename("/b", "/d"));
        Assert.Equal(Errno.ENOTDIR, _kernel.Rename("/d", "/b"));
        Assert.Equal(Errno.EEXIST, _kernel.Rename("/b", "/d", RenameFlags.RENAME_NOREPLACE));
        Assert.Equal(Errno.ENOTEMPTY, _kernel.Rename("/d/sub", "/d"));
        Assert.Equal(Errno.ENOTDIR, _kernel.Rename("/b", "/c/"));
        Assert.Equal(Errno.EBUSY, _kernel.Rename("/d/.", "/x"));
        Assert.Equal(Errno.None, _kernel.Rename("/b", "/d", RenameFlags.RENAME_EXCHANGE));
        Assert.Equal("a", _kernel.ReadText("/d"));
        Assert.Equal(Errno.None, _kernel.StatError("/b/sub"));
        _kernel.MakeDirectory("/empty");
        Assert.Equal(Errno.None, _kernel.Rename("/b", "/empty/"));
        Assert.Equal(3u, _kernel.Stat("/empty").LinkCount);
    }

    [Fact]
    public void Links_count_and_directories_have_one_more_for_each_below()
    {
        _kernel.Create("/f", "x");
        Assert.Equal(Errno.None, _kernel.Link("/f", "/g"));
        Assert.Equal(2u, _kernel.Stat("/f").LinkCount);
        Assert.Equal(Errno.EEXIST, _kernel.Link("/f", "/g"));
        _kernel.MakeDirectory("/d");
        _kernel.MakeDirectory("/d/e");
        Assert.Equal(3u, _kernel.Stat("/d").LinkCount);
        Assert.Equal(Errno.EPERM, _kernel.Link("/d", "/h"));
        Assert.Equal(Errno.ENOTEMPTY, _kernel.RemoveDirectory("/d"));
        Assert.Equal(Errno.EISDIR, _kernel.Unlink("/d/e"));
        Assert.Equal(Errno.ENOTDIR, _kernel.RemoveDirectory("/f"));
        Assert.Equal(Errno.EINVAL, _kernel.RemoveDirectory("/d/."));
        Assert.Equal(Errno.ENOTEMPTY, _kernel.RemoveDirectory("/d/e/.."));
        Assert.Equal(Errno.EBUSY, _kernel.RemoveDirectory("/"));
    }

    [Fact]
    public void An_unnamed_file_can_be_given_a_name()
    {
        int fd = _kernel.Open("/", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR);
        _kernel.Write(fd, "unnamed"u8);
        UserAddress empty = _kernel.SecondPath(string.Empty);
        Assert.Equal(Errno.None, NameSyscalls.Linkat(_kernel.Caller, fd, empty, PathArguments.AT_FDCWD, _kernel.Path("/named"), AtFlags.AT_EMPTY_PATH).Error);
        _kernel.Close(fd);
        Assert.Equal("unnamed", _kernel.ReadText("/named"));
        Assert.Equal(1u, _kernel.Stat("/named").LinkCount);
    }

    [Fact]
    public void A_sticky_directory_protects_the_files_of_others()
    {
        _kernel.MakeDirectory("/t", 0x1ff);
        FileTestKernel.Check(AttributeSyscalls.Chmod(_kernel.Caller, _kernel.Path("/t"), 0x3ff));
        _kernel.Create("/t/root");
        _kernel.Become(1000);
        _kernel.Create("/t/mine");
        Assert.Equal(Errno.EPERM, _kernel.Unlink("/t/root"));
        Assert.Equal(Errno.EPERM, _kernel.Rename("/t/root", "/t/x"));
        Assert.Equal(Errno.None, _kernel.Unlink("/t/mine"));
        Assert.Equal(Errno.EACCES, _kernel.OpenError("/new", OpenFlags.O_CREAT | OpenFlags.O_RDWR));
        Assert.Equal(Errno.EPERM, AttributeSyscalls.Chmod(_kernel.Caller, _kernel.Path("/t/root"), 0).Error);
    }

    [Fact]
    public void Chown_that_would_drop_set_ID_bits_is_the_owners_as_chmod_is()
    {
        _kernel.Create("/program");
        FileTestKernel.Check(AttributeSyscalls.Chmod(_kernel.Caller, _kernel.Path("/program"), 0x9ed));
        _kernel.Create("/plain");
        _kernel.Become(5);
        Assert.Equal(Errno.EPERM, Chown("/program", uint.MaxValue));
        Assert.Equal(Errno.None, Chown("/plain", uint.MaxValue));
        Grant(Capability.CAP_CHOWN);
        Assert.Equal(Errno.EPERM, Chown("/program", 5));
        Assert.Equal(Errno.EPERM, Chown("/program", uint.MaxValue));
        Assert.Equal(0x9edu, _kernel.Stat("/program").Mode & FileMode.S_IALLUGO);
        Grant(Capability.CAP_FOWNER);
        Assert.Equal(Errno.None, Chown("/program", uint.MaxValue));
        Assert.Equal(0x1edu, _kernel.Stat("/program").Mode & FileMode.S_IALLUGO);

        void Grant(Capability capability) => _kernel.Caller.Process.Credentials = _kernel.Caller.Credentials with { EffectiveCapabilities = 1UL << (int)capability };
        Errno Chown(string path, uint user) => AttributeSyscalls.Chown(_kernel.Caller, _kernel.Path(path), user, uint.MaxValue).Error;
    }

    [Fact]
    public void What_the_largest_size_of_a_file_stops_is_told_by_SIGXFSZ()
    {
        UserThread caller = _kernel.Caller;
        ProcessSignals signals = caller.Process.Signals;
        signals.SetBlocked(caller, SignalNumber.Bit(SignalNumber.SIGXFSZ));
        _kernel.Create("/source", new string('x', 100));
        int source = _kernel.Open("/source"), target = _kernel.Open("/target", OpenFlags.O_CREAT | OpenFlags.O_RDWR);
        Span<int> pipe = stackalloc int[2];
        FileTestKernel.Check(PipeSyscalls.Pipe(caller, _kernel.Scratch));
        caller.Memory.Read(_kernel.Scratch, System.Runtime.InteropServices.MemoryMarshal.AsBytes(pipe));
        caller.Process.Limits.FileSize = 10;

        Expect(10, CopySyscalls.Sendfile(caller, target, source, default, 20), isTold: true);
        Expect(Errno.EFBIG, CopySyscalls.Sendfile(caller, target, source, default, 20), isTold: true);
        Clear();
        Expect(10, CopySyscalls.CopyFileRange(caller, source, default, target, default, 20, 0), isTold: false);
        Expect(Errno.EFBIG, CopySyscalls.CopyFileRange(caller, source, default, target, default, 20, 0), isTold: true);
        Clear();
        _kernel.Write(pipe[1], new byte[20]);
        Expect(10, SpliceSyscalls.Splice(caller, pipe[0], default, target, default, 20, SpliceFlags.None), isTold: true);
        Expect(Errno.EFBIG, SpliceSyscalls.Splice(caller, pipe[0], default, target, default, 20, SpliceFlags.None), isTold: true);
        Expect(Errno.EFBIG, LengthSyscalls.Fallocate(caller, target, AllocationMode.None, 0, 11), isTold: true);
        Expect(Errno.EFBIG, LengthSyscalls.Fallocate(caller, target, AllocationMode.FALLOC_FL_KEEP_SIZE, 0, 11), isTold: true);
        caller.Process.Limits.FileSize = 5;
        Expect(0, LengthSyscalls.Fallocate(caller, target, AllocationMode.None, 0, 10), isTold: false);

        void Clear()
        {
            FileTestKernel.Check(LengthSyscalls.Ftruncate(caller, target, 0));
            FileTestKernel.Check(ReadWriteSyscalls.Lseek(caller, target, 0, SeekFrom.SEEK_SET));
        }

        void Expect(SyscallResult expected, SyscallResult result, bool isTold)
        {
            Assert.Equal(expected, result);
            Assert.Equal(isTold, signals.TryTakeAny(caller, SignalNumber.Bit(SignalNumber.SIGXFSZ), out _));
        }
    }

    [Fact]
    public void Pages_allocated_past_the_end_of_a_file_stay_until_it_is_truncated()
    {
        int fd = _kernel.Open("/file", OpenFlags.O_CREAT | OpenFlags.O_RDWR);
        FileTestKernel.Check(LengthSyscalls.Ftruncate(_kernel.Caller, fd, 100));
        Keep();
        Assert.Equal((100, 16), Size());
        Assert.Equal(Errno.ENXIO, Seek(0, SeekFrom.SEEK_DATA).Error);
        FileTestKernel.Check(LengthSyscalls.Ftruncate(_kernel.Caller, fd, 200));
        Assert.Equal((200, 16), Size());
        FileTestKernel.Check(LengthSyscalls.Ftruncate(_kernel.Caller, fd, 200));
        Assert.Equal((200, 0), Size());
        Keep();
        FileTestKernel.Check(LengthSyscalls.Fallocate(_kernel.Caller, fd, AllocationMode.FALLOC_FL_KEEP_SIZE | AllocationMode.FALLOC_FL_PUNCH_HOLE, 8192, 4096));
        Assert.Equal((200, 8), Size());

        // The file grows over them, and finds zeros.
        FileTestKernel.Check(LengthSyscalls.Ftruncate(_kernel.Caller, fd, 16380));
        FileTestKernel.Check(Seek(12288, SeekFrom.SEEK_SET));
        Assert.Equal(new byte[4092], _kernel.Read(fd, 8192));
        Assert.Equal((16380, 8), Size());
        _kernel.Close(fd);

        void Keep() => FileTestKernel.Check(LengthSyscalls.Fallocate(_kernel.Caller, fd, AllocationMode.FALLOC_FL_KEEP_SIZE, 8192, 8192));
        SyscallResult Seek(long offset, SeekFrom from) => ReadWriteSyscalls.Lseek(_kernel.Caller, fd, offset, from);
        (long Length, long Blocks) Size() => (_kernel.Stat("/file").Size, _kernel.Stat("/file").Blocks);
    }

    [Fact]
    public void A_running_program_cannot_be_written_nor_an_open_one_run()
    {
        _kernel.Create("/p", "program", 0x1ed);
        Result<IExecutableFile> running = _kernel.Caller.FileSystem.OpenExecutable("/p"u8, _kernel.Caller.Credentials);
        Assert.Equal(Errno.ETXTBSY, _kernel.OpenError("/p", OpenFlags.O_WRONLY));
        Assert.Equal(Errno.ETXTBSY, _kernel.OpenError("/p", OpenFlags.O_RDONLY | OpenFlags.O_TRUNC));
        Assert.Equal("/p"u8.ToArray(), running.Value.MapsPath);
        running.Value.Dispose();
        int fd = _kernel.Open("/p", OpenFlags.O_WRONLY);
        Assert.Equal(Errno.ETXTBSY, _kernel.Caller.FileSystem.OpenExecutable("/p"u8, _kernel.Caller.Credentials).Error);
        _kernel.Close(fd);
        Assert.Equal(Errno.EACCES, _kernel.Caller.FileSystem.OpenExecutable("/"u8, _kernel.Caller.Credentials).Error);
    }

    [Fact]
    public void Descriptors_are_given_out_lowest_first_up_to_the_limit()
    {
        _kernel.Create("/f");
        Assert.Equal([0, 1, 2], [_kernel.Open("/f"), _kernel.Open("/f"), _kernel.Open("/f")]);
        _kernel.Close(1);
        Assert.Equal(1, DescriptorSyscalls.Dup(_kernel.Caller, 0).Value);
        Assert.Equal(10, DescriptorSyscalls.Fcntl(_kernel.Caller, 0, FileCommand.F_DUPFD_CLOEXEC, 10).Value);
        Assert.Equal(1, DescriptorSyscalls.Fcntl(_kernel.Caller, 10, FileCommand.F_GETFD, 0).Value);
        _kernel.Caller.Files.CloseOnExec();
        Assert.Equal(Errno.EBADF, DescriptorSyscalls.Dup(_kernel.Caller, 10).Error);
        Assert.Equal(Errno.EBADF, DescriptorSyscalls.Dup2(_kernel.Caller, 0, 1024).Error);
        Assert.Equal(1023, DescriptorSyscalls.Dup2(_kernel.Caller, 0, 1023).Value);
        Assert.Equal(Errno.EINVAL, DescriptorSyscalls.Fcntl(_kernel.Caller, 0, FileCommand.F_DUPFD, 1024).Error);
        while (DescriptorSyscalls.Dup(_kernel.Caller, 0).Error == Errno.None)
        {
        }

        Assert.Equal(Errno.EMFILE, DescriptorSyscalls.Dup(_kernel.Caller, 0).Error);
        Assert.Equal(Errno.None, OpenSyscalls.CloseRange(_kernel.Caller, 1, uint.MaxValue, default).Error);
        Assert.Equal(1, DescriptorSyscalls.Dup(_kernel.Caller, 0).Value);
    }

    [Fact]
    public void A_reader_of_a_directory_that_changes_misses_nothing_that_stays_and_sees_nothing_twice()
    {
        for (int i = 0; i < 100; i++)
        {
            _kernel.Create($"/f{i}");
        }

        int fd = _kernel.Open("/", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        var names = new List<string>();
        int round = 0;
        while (true)
        {
            long got = FileTestKernel.Check(DirectorySyscalls.Getdents64(_kernel.Caller, fd, _kernel.Scratch, 256));
            if (got == 0)
            {
                break;
            }

            var bytes = new byte[got];
            _kernel.Caller.Memory.Read(_kernel.Scratch, bytes);
            for (int at = 0; at < got; at += BitConverter.ToUInt16(bytes, at + 16))
            {
                names.Add(Encoding.Latin1.GetString(bytes, at + 19, Array.IndexOf(bytes, (byte)0, at + 19) - at - 19));
            }

            // The even ones go, some before and some behind the reader.
            for (int k = 0; k < 5 && round < 50; k++, round++)
            {
                Assert.Equal(Errno.None, _kernel.Unlink($"/f{2 * round}"));
            }
        }

        _kernel.Close(fd);
        Assert.Equal(names.Distinct().Count(), names.Count);
        Assert.Subset(names.ToHashSet(), Enumerable.Range(0, 50).Select(i => $"f{(2 * i) + 1}").ToHashSet());
    }

    [Fact]
    public void Random_operations_agree_with_a_model()
    {
        var random = new Random(20260106);
        var model = new TreeModel();
        string[] names = ["a", "b", "c"];
        string RandomPath() => "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => names[random.Next(3)]));
        for (int i = 0; i < 20_000; i++)
        {
            string path = RandomPath(), other = RandomPath();
            string content = $"{i}";
            switch (random.Next(6))
            {
                case 0:
                    Assert.Equal(model.Write(path, content), TryWrite(path, content));
                    break;
                case 1:
                    Assert.Equal(model.MakeDirectory(path), NameSyscalls.Mkdir(_kernel.Caller, _kernel.Path(path), 0x1ff).Error);
                    break;
                case 2:
                    Assert.Equal(model.Unlink(path), _kernel.Unlink(path));
                    break;
                case 3:
                    Assert.Equal(model.RemoveDirectory(path), _kernel.RemoveDirectory(path));
                    break;
                case 4:
                    Assert.Equal(model.Rename(path, other), _kernel.Rename(path, other));
                    break;
                default:
                    Assert.Equal(model.Read(path), _kernel.StatError(path) == Errno.None && (_kernel.Stat(path).Mode & FileMode.S_IFMT) == FileMode.S_IFREG ? _kernel.ReadText(path) : null);
                    break;
            }
        }
    }

    private Errno TryWrite(string path, string content)
    {
        SyscallResult opened = OpenSyscalls.Open(_kernel.Caller, _kernel.Path(path), OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, 0x1b6);
        if (!opened.IsError)
        {
            _kernel.Write((int)opened.Value, Encoding.Latin1.GetBytes(content));
            _kernel.Close((int)opened.Value);
        }

        return opened.Error;
    }
}
