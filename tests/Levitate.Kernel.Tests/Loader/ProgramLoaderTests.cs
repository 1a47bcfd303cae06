using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

public sealed class ProgramLoaderTests
{
    [Fact]
    public void A_dynamic_program_is_entered_at_its_interpreter()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("hello", ElfBuilder.Dynamic("/ld.so").Build());
        kernel.Add("ld.so", ElfBuilder.Interpreter().Build());

        Assert.Equal(Errno.None, kernel.Execute("/hello", "x"));

        ref UserRegisters registers = ref kernel.Thread.Context.Registers;
        Assert.Equal(0x7f00_0000_0800UL, registers.Rip);
        Assert.Equal(0UL, registers.Rsp % 16);
        StackImage stack = kernel.ReadStack();
        Assert.Equal(["/hello", "x"], stack.Arguments);
        Assert.Equal(["A=1"], stack.Environment);
        Assert.Equal(0x400800UL, stack.Value(AuxiliaryVectorKey.AT_ENTRY));
        Assert.Equal(0x7f00_0000_0000UL, stack.Value(AuxiliaryVectorKey.AT_BASE));
        Assert.Equal(0x400040UL, stack.Value(AuxiliaryVectorKey.AT_PHDR));
        Assert.Equal("/hello", stack.FileName);
    }

    [Fact]
    public void The_log_has_exactly_the_documented_lines()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("hello", ElfBuilder.Dynamic("/ld.so").Build());
        kernel.Add("ld.so", ElfBuilder.Interpreter().Build());
        kernel.Add("static", ElfBuilder.Static().Build());
        kernel.Add("lost", ElfBuilder.Dynamic("/gone").Build());

        kernel.Execute("/hello");
        kernel.Execute("/static");
        kernel.Execute("/lost");

        Assert.Equal(
            "[EXEC] Dynamic binary, interpreter: /ld.so\n"
            + "[EXEC] Dynamic: interp_entry=0x7f0000000800 main_entry=0x400800 AT_BASE=0x7f0000000000\n"
            + "[EXEC] Static binary: entry=0x400800\n"
            + "[EXEC] Dynamic binary, interpreter: /gone\n"
            + "[EXEC] Refused: /lost: ENOENT: the interpreter /gone does not exist\n",
            kernel.Machine.Log);
    }

    [Fact]
    public void Nothing_is_logged_without_the_option()
    {
        using var kernel = new ExecTestKernel(commandLine: "quiet");
        kernel.Add("static", ElfBuilder.Static().Build());
        kernel.Execute("/static");
        kernel.Execute("/missing");
        Assert.Equal("", kernel.Machine.Log);
    }

    [Fact]
    public void All_registers_and_the_vector_state_are_a_new_programs()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("p", ElfBuilder.Static().Build());
        UserContext context = kernel.Thread.Context;
        context.Registers = new UserRegisters { Rax = 1, Rbx = 2, R15 = 3, FsBase = 0x1000, Rflags = 0xcd5 };
        context.GsBase = 0x2000;
        context.VectorState.Fill(0xcc);

        Assert.Equal(Errno.None, kernel.Execute("/p"));

        var expected = new UserRegisters { Rip = 0x400800, Rsp = context.Registers.Rsp, Rflags = 0x202 };
        Assert.Equal(expected, context.Registers);
        Assert.Equal(0UL, context.GsBase);
        Assert.Equal(0x1f80, context.VectorState[24] | (context.VectorState[25] << 8));
        Assert.Equal(0, context.VectorState[512]);
    }

    [Fact]
    public void The_process_has_the_new_programs_names()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("a-name-of-more-than-fifteen-bytes", ElfBuilder.Static().Build());

        Assert.Equal(Errno.None, kernel.Execute("/.//a-name-of-more-than-fifteen-bytes", "one"));

        Assert.Equal("a-name-of-more-", Encoding.ASCII.GetString(kernel.Process.Name));
        Assert.Equal("/a-name-of-more-than-fifteen-bytes", Encoding.ASCII.GetString(kernel.Process.AddressSpace.ProgramFile!.MapsPath));
        (UserAddress start, UserAddress end) = kernel.Process.ArgumentArea;
        byte[] arguments = new byte[end - start];
        Assert.Equal(Errno.None, kernel.Thread.Memory.Read(start, arguments));
        Assert.Equal("/.//a-name-of-more-than-fifteen-bytes\0one\0", Encoding.ASCII.GetString(arguments));
        (start, end) = kernel.Process.EnvironmentArea;
        Assert.Equal(4UL, end - start);
        Assert.Equal(20 * 16, kernel.Process.AuxiliaryVector.Length);
    }

    [Fact]
    public void A_script_keeps_its_own_name_and_gives_its_interpreter_the_arguments()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("script", "#!/sh -e\n"u8.ToArray());
        kernel.Add("sh", ElfBuilder.Static().Build());

        Assert.Equal(Errno.None, kernel.Execute("/script", "x"));

        Assert.Equal(["/sh", "-e", "/script", "x"], kernel.ReadStack().Arguments);
        Assert.Equal("/script", kernel.ReadStack().FileName);
        Assert.Equal("script", Encoding.ASCII.GetString(kernel.Process.Name));
        Assert.Equal("/sh", Encoding.ASCII.GetString(kernel.Process.AddressSpace.ProgramFile!.MapsPath));
    }

    [Fact]
    public void No_arguments_become_one_empty_argument()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("p", ElfBuilder.Static().Build());
        Assert.Equal(Errno.None, ProgramLoader.Execute(kernel.Thread, "/p"u8, [], []));
        Assert.Equal([""], kernel.ReadStack().Arguments);
    }

    [Fact]
    public void Execve_with_a_missing_interpreter_is_ENOENT_and_leaves_the_caller_running()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("lost", ElfBuilder.Dynamic("/lib/ld-gone.so").Build());
        AssertRefusedAndUntouched(kernel, Errno.ENOENT, () => kernel.Execute("/lost"));
        Assert.Equal("the interpreter /lib/ld-gone.so does not exist", kernel.LastRefusal!.Sentence);
    }

    public static TheoryData<string, Errno> Refusals => new()
    {
        { "/missing", Errno.ENOENT },
        { "", Errno.ENOENT },
        { "/directory", Errno.EACCES },
        { "/plain", Errno.EACCES },
        { "/plain/x", Errno.ENOTDIR },
        { "/text", Errno.ENOEXEC },
        { "/empty", Errno.ENOEXEC },
        { "/interpreted-by-directory", Errno.EACCES },
        { "/interpreted-by-plain", Errno.EACCES },
        { "/interpreted-by-text", Errno.ELIBBAD },
        { "/interpreted-by-empty", Errno.EIO },
        { "/loop", Errno.ELOOP },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_refused_file_leaves_everything_as_it_was(string path, Errno expected)
    {
        using var kernel = new ExecTestKernel();
        kernel.AddDirectory("directory");
        kernel.Add("plain", ElfBuilder.Static().Build(), mode: 0x1a4);
        kernel.Add("text", ExecTestKernel.Bytes(new string('t', 100)));
        kernel.Add("empty", []);
        foreach (string name in new[] { "directory", "plain", "text", "empty" })
        {
            kernel.Add($"interpreted-by-{name}", ElfBuilder.Dynamic($"/{name}").Build());
        }

        kernel.Add("loop", "#!/loop\n"u8.ToArray());
        AssertRefusedAndUntouched(kernel, expected, () => kernel.Execute(path));
    }

    [Fact]
    public void Running_out_of_memory_anywhere_is_ENOMEM_and_leaves_everything_as_it_was()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("hello", ElfBuilder.Dynamic("/ld.so").Build());
        kernel.Add("ld.so", ElfBuilder.Interpreter().Build());
        for (int frames = 0; frames < 4; frames++)
        {
            kernel.Machine.SimulatedFrames.FailAfter = frames;
            AssertRefusedAndUntouched(kernel, Errno.ENOMEM, () => kernel.Execute("/hello"));
            kernel.Machine.SimulatedFrames.FailAfter = -1;
        }

        Assert.Equal(Errno.None, kernel.Execute("/hello"));
    }

    [Fact]
    public void A_thousand_execs_leave_as_many_free_frames_as_one()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("hello", ElfBuilder.Dynamic("/ld.so").Build());
        kernel.Add("ld.so", ElfBuilder.Interpreter().Build());
        Assert.Equal(Errno.None, kernel.Execute("/hello"));
        long free = kernel.Machine.Frames.FreeFrames;
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(Errno.None, kernel.Execute("/hello"));
        }

        Assert.Equal(free, kernel.Machine.Frames.FreeFrames);
    }

    [Fact]
    public void A_set_user_ID_program_changes_the_identity_and_is_secure()
    {
        using var kernel = new ExecTestKernel();
        kernel.Process.Credentials = Unprivileged();
        kernel.Add("suid", ElfBuilder.Static().Build(), mode: 0x9ed, user: 0);

        Assert.Equal(Errno.None, kernel.Execute("/suid"));

        Credentials after = kernel.Process.Credentials;
        Assert.Equal((1000U, 0U, 0U, 0U), (after.RealUserId, after.EffectiveUserId, after.SavedUserId, after.FileSystemUserId));
        Assert.Equal(after.BoundingCapabilities, after.EffectiveCapabilities);
        StackImage stack = kernel.ReadStack();
        Assert.Equal(1UL, stack.Value(AuxiliaryVectorKey.AT_SECURE));
        Assert.Equal(1000UL, stack.Value(AuxiliaryVectorKey.AT_UID));
        Assert.Equal(0UL, stack.Value(AuxiliaryVectorKey.AT_EUID));
    }

    [Fact]
    public void A_set_group_ID_program_changes_the_group_alone()
    {
        using var kernel = new ExecTestKernel();
        kernel.Process.Credentials = Unprivileged();
        kernel.Add("sgid", ElfBuilder.Static().Build(), mode: 0x5ed, group: 7);

        Assert.Equal(Errno.None, kernel.Execute("/sgid"));

        Credentials after = kernel.Process.Credentials;
        Assert.Equal((1000U, 1000U, 7U, 7U), (after.RealGroupId, after.EffectiveUserId, after.EffectiveGroupId, after.SavedGroupId));
        Assert.Equal(0UL, after.EffectiveCapabilities);
        Assert.Equal(1UL, kernel.ReadStack().Value(AuxiliaryVectorKey.AT_SECURE));
    }

    [Fact]
    public void A_set_user_ID_program_gains_nothing_after_PR_SET_NO_NEW_PRIVS()
    {
        using var kernel = new ExecTestKernel();
        kernel.Process.Credentials = Unprivileged();
        kernel.Process.Credentials = kernel.Process.Credentials with { NoNewPrivileges = true };
        kernel.Add("suid", ElfBuilder.Static().Build(), mode: 0x9ed, user: 0);

        Assert.Equal(Errno.None, kernel.Execute("/suid"));

        Assert.Equal(1000U, kernel.Process.Credentials.EffectiveUserId);
        Assert.Equal(0UL, kernel.Process.Credentials.EffectiveCapabilities);
        Assert.Equal(0UL, kernel.ReadStack().Value(AuxiliaryVectorKey.AT_SECURE));
    }

    [Fact]
    public void An_ordinary_program_is_not_secure()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("p", ElfBuilder.Static().Build());
        Assert.Equal(Errno.None, kernel.Execute("/p"));
        Assert.Equal(0UL, kernel.ReadStack().Value(AuxiliaryVectorKey.AT_SECURE));
        kernel.Process.Credentials = Unprivileged();
        Assert.Equal(Errno.None, kernel.Execute("/p"));
        Assert.Equal(0UL, kernel.ReadStack().Value(AuxiliaryVectorKey.AT_SECURE));
    }

    [Fact]
    public void Execve_reads_its_arguments_from_user_memory()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("p", ElfBuilder.Static().Build());
        kernel.Execute("/p");
        UserAddress page = kernel.Process.AddressSpace.Map(UserAddress.Null, 0x2000, PageAccess.Read | PageAccess.Write, PageAccess.Read | PageAccess.Write, MappingOptions.None, null, 0).Value;
        UserMemory memory = kernel.Thread.Memory;
        Assert.Equal(Errno.None, memory.Write(page, "/p\0\0\u0001\u00ff\0"u8));
        foreach ((int place, ulong value) in new[] { (0, page.Value), (1, page.Value + 3), (2, page.Value + 4), (3, 0UL) })
        {
            Assert.Equal(Errno.None, memory.Write(page + 0x100 + (ulong)(8 * place), value));
        }

        // The second page's end is the mapping's: an array or string that runs over it faults.
        Assert.Equal(Errno.None, memory.Write(page + 0x1ff8, page.Value));
        Assert.Equal(Errno.None, memory.Write(page + 0x1ff0, 0x6161616161616161UL));

        UserAddress vector = page + 0x100;
        UserAddress none = UserAddress.Null;
        Assert.Equal(Errno.EFAULT, ExecSyscalls.Execve(kernel.Thread, none, vector, none).Error);
        Assert.Equal(Errno.EFAULT, ExecSyscalls.Execve(kernel.Thread, page, page + 0x1ff8, none).Error);
        Assert.Equal(Errno.EFAULT, ExecSyscalls.Execve(kernel.Thread, page, vector, new(UserLayout.KernelWindowStart)).Error);
        Assert.Equal(Errno.EFAULT, ExecSyscalls.Execve(kernel.Thread, page, vector, new(0xffff_8000_0000_0000)).Error);
        Assert.Equal(Errno.None, ExecSyscalls.Execve(kernel.Thread, page, vector, none).Error);
        Assert.Equal(["/p", "", "\u0001\u00c3\u00bf"], kernel.ReadStack().Arguments);
        Assert.Empty(kernel.ReadStack().Environment);
    }

    [Fact]
    public void An_endless_argument_vector_is_E2BIG()
    {
        using var kernel = new ExecTestKernel(totalFrames: 4096);
        kernel.Add("p", ElfBuilder.Static().Build());
        kernel.Execute("/p");
        const int length = 2 << 20;
        UserAddress area = kernel.Process.AddressSpace.Map(UserAddress.Null, length, PageAccess.Read | PageAccess.Write, PageAccess.Read | PageAccess.Write, MappingOptions.None, null, 0).Value;
        byte[] pointers = new byte[length - 16];
        for (int i = 0; i < pointers.Length; i += 8)
        {
            BitConverter.TryWriteBytes(pointers.AsSpan(i), area.Value);
        }

        Assert.Equal(Errno.None, kernel.Thread.Memory.Write(area + 16, pointers));
        Assert.Equal(Errno.None, kernel.Thread.Memory.Write(area, "/p\0"u8));
        Assert.Equal(Errno.E2BIG, ExecSyscalls.Execve(kernel.Thread, area, area + 16, UserAddress.Null).Error);
    }

    [Fact]
    public void Execveat_finds_a_program_by_its_descriptor_alone_or_from_a_directorys()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("p", ElfBuilder.Static().Build());
        kernel.Execute("/p");
        UserAddress empty = kernel.PutString("");
        UserAddress name = kernel.PutString("p");
        int program = (int)OpenSyscalls.Open(kernel.Thread, name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0).Value;
        int root = (int)OpenSyscalls.Open(kernel.Thread, kernel.PutString("/"), OpenFlags.O_RDONLY, 0).Value;
        UserAddress none = UserAddress.Null;

        Assert.Equal(Errno.EINVAL, ExecSyscalls.Execveat(kernel.Thread, root, name, none, none, AtFlags.AT_REMOVEDIR).Error);
        Assert.Equal(Errno.ENOENT, ExecSyscalls.Execveat(kernel.Thread, program, empty, none, none, AtFlags.None).Error);
        Assert.Equal(Errno.ENOTDIR, ExecSyscalls.Execveat(kernel.Thread, program, name, none, none, AtFlags.None).Error);
        Assert.Equal(Errno.EBADF, ExecSyscalls.Execveat(kernel.Thread, 99, name, none, none, AtFlags.None).Error);

        Assert.Equal(Errno.None, ExecSyscalls.Execveat(kernel.Thread, program, empty, none, none, AtFlags.AT_EMPTY_PATH).Error);
        Assert.Equal($"/dev/fd/{program}", kernel.ReadStack().FileName);
        Assert.Equal("/p", Encoding.ASCII.GetString(kernel.Process.AddressSpace.ProgramFile!.MapsPath));
        Assert.Equal(Errno.EBADF, kernel.Process.Files.Get(program).Error);

        Assert.Equal(Errno.None, ExecSyscalls.Execveat(kernel.Thread, root, kernel.PutString("p"), none, none, AtFlags.None).Error);
        Assert.Equal($"/dev/fd/{root}/p", kernel.ReadStack().FileName);
        Assert.Equal(Errno.None, ExecSyscalls.Execveat(kernel.Thread, root, kernel.PutString("/p"), none, none, AtFlags.None).Error);
        Assert.Equal("/p", kernel.ReadStack().FileName);
    }

    [Fact]
    public void Execveat_refuses_a_script_that_its_interpreter_could_not_open()
    {
        using var kernel = new ExecTestKernel();
        kernel.Add("script", "#!/p\n"u8.ToArray());
        kernel.Add("p", ElfBuilder.Static().Build());
        kernel.Execute("/p");
        UserAddress none = UserAddress.Null;
        UserAddress name = kernel.PutString("/script");
        UserAddress empty = name + 7;
        int closed = (int)OpenSyscalls.Open(kernel.Thread, name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0).Value;
        int open = (int)OpenSyscalls.Open(kernel.Thread, name, OpenFlags.O_RDONLY, 0).Value;

        Assert.Equal(Errno.ENOENT, ExecSyscalls.Execveat(kernel.Thread, closed, empty, none, none, AtFlags.AT_EMPTY_PATH).Error);
        Assert.Equal(Errno.None, ExecSyscalls.Execveat(kernel.Thread, open, empty, none, none, AtFlags.AT_EMPTY_PATH).Error);
        Assert.Equal(["/p", $"/dev/fd/{open}"], kernel.ReadStack().Arguments);
    }

    private static Credentials Unprivileged() => Credentials.Root with
    {
        RealUserId = 1000,
        EffectiveUserId = 1000,
        SavedUserId = 1000,
        FileSystemUserId = 1000,
        RealGroupId = 1000,
        EffectiveGroupId = 1000,
        SavedGroupId = 1000,
        FileSystemGroupId = 1000,
        EffectiveCapabilities = 0,
        PermittedCapabilities = 0,
    };

    /// <summary>Runs a program first, so that there is something to lose; then compares all of it.</summary>
    private static void AssertRefusedAndUntouched(ExecTestKernel kernel, Errno expected, Func<Errno> execute)
    {
        int failAfter = kernel.Machine.SimulatedFrames.FailAfter;
        kernel.Machine.SimulatedFrames.FailAfter = -1;
        if (kernel.Process.Name.Length == 0)
        {
            kernel.Add("first", ElfBuilder.Static(ElfType.ET_DYN).Build());
            Assert.Equal(Errno.None, kernel.Execute("/first", "an argument"));
        }

        kernel.Machine.SimulatedFrames.FailAfter = failAfter;
        Process process = kernel.Process;
        AddressSpace space = process.AddressSpace;
        UserRegisters registers = kernel.Thread.Context.Registers;
        IReadOnlyList<MappingInfo> mappings = space.GetMappings();
        byte[] auxiliary = process.AuxiliaryVector;
        long free = kernel.Machine.Frames.FreeFrames;

        Assert.Equal(expected, execute());

        Assert.Same(space, process.AddressSpace);
        Assert.Equal(registers, kernel.Thread.Context.Registers);
        Assert.Equal(mappings.Select(m => (m.Start, m.End, m.Access)), space.GetMappings().Select(m => (m.Start, m.End, m.Access)));
        Assert.Same(auxiliary, process.AuxiliaryVector);
        Assert.Equal("first", Encoding.ASCII.GetString(process.Name));
        Assert.Equal(free, kernel.Machine.Frames.FreeFrames);
        Assert.Equal(["/first", "an argument"], kernel.ReadStack().Arguments);
    }
}
