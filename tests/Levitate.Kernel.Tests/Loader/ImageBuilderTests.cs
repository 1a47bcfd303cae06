using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

public sealed class ImageBuilderTests
{
    private const PageAccess ReadExecute = PageAccess.Read | PageAccess.Execute;
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;

    [Fact]
    public void A_dynamic_program_is_mapped_with_its_interpreter_and_stack()
    {
        using var test = new BuilderTest();
        test.Files.Add("/p", ElfBuilder.Dynamic("/ld.so").Build());
        test.Files.Add("/ld.so", ElfBuilder.Interpreter().Build());

        AddressSpace space = test.Build("/p").Space!;

        Assert.Equal(
            [
                "400000-401000 Read, Execute 0 /p",
                "401000-402000 Read, Write 1000 /p",
                "402000-403000 Read, Write 0 ",
                "7f0000000000-7f0000001000 Read, Execute 0 /ld.so",
                "7f0000001000-7f0000002000 Read, Write 1000 /ld.so",
                "7f0000002000-7f0000003000 Read, Write 0 ",
                "7ffffffde000-7ffffffff000 Read, Write 0 [stack]",
            ],
            space.GetMappings().Select(m => $"{m.Start.Value:x}-{m.End.Value:x} {m.Access} {m.FileOffset:x} {Encoding.Latin1.GetString(m.Path)}"));
        space.Release();
    }

    [Fact]
    public void Segments_are_mapped_and_only_what_is_stored_into_takes_frames()
    {
        using var test = new BuilderTest();
        test.Files.Add("/p", ElfBuilder.Static().Build());

        AddressSpace space = test.Build("/p").Space!;

        // The data page with its zeros and one page of stack.
        Assert.Equal(2UL * PageSize.Bytes, space.Usage.Resident);
        space.Release();
    }

    [Fact]
    public void The_bss_is_zero_and_the_file_is_untouched()
    {
        using var test = new BuilderTest();
        ElfBuilder builder = ElfBuilder.Static();
        byte[] junk = new byte[0x1000];
        Array.Fill(junk, (byte)0xee);
        builder.Length = 0x2000;
        builder.Patches.Add((0x1000, junk));
        test.Files.Add("/p", builder.Build());

        AddressSpace space = test.Build("/p").Space!;
        byte[] data = new byte[0x2000];
        Assert.Equal(Errno.None, space.ReadRemote(new(0x401000), data));

        Assert.Equal(0x100, data.Count(value => value == 0xee));
        Assert.All(data[0x100..], value => Assert.Equal(0, value));
        byte[] file = new byte[0x1000];
        test.Files["/p"].Read(0x1000, file);
        Assert.All(file, value => Assert.Equal(0xee, value));
        space.Release();
    }

    [Fact]
    public void The_stack_holds_what_was_laid_out()
    {
        using var test = new BuilderTest();
        test.Files.Add("/p", ElfBuilder.Static().Build());

        (AddressSpace? space, InitialStack? stack, _) = test.Build("/p", "one", "two");
        byte[] bytes = new byte[UserLayout.StackTop - stack!.Pointer.Value];
        Assert.Equal(Errno.None, space!.ReadRemote(stack.Pointer, bytes));

        Assert.Equal(["one", "two"], new StackImage(bytes, stack.Pointer.Value).Arguments);
        space.Release();
    }

    [Fact]
    public void Six_megabytes_of_arguments_arrive_whole()
    {
        using var test = new BuilderTest(totalFrames: 4096);
        test.Files.Add("/p", ElfBuilder.Static().Build());
        string[] arguments = [.. Enumerable.Range(0, 47).Select(i => new string((char)('A' + i), 131071))];

        (AddressSpace? space, InitialStack? stack, _) = test.Build("/p", arguments);
        byte[] bytes = new byte[UserLayout.StackTop - stack!.Pointer.Value];
        Assert.Equal(Errno.None, space!.ReadRemote(stack.Pointer, bytes));

        Assert.Equal(arguments, new StackImage(bytes, stack.Pointer.Value).Arguments);
        space.Release();
    }

    [Fact]
    public void Running_out_of_frames_anywhere_is_ENOMEM_and_leaks_nothing()
    {
        for (int frames = 0; ; frames++)
        {
            using var test = new BuilderTest();
            test.Files.Add("/p", ElfBuilder.Dynamic("/ld.so").Build());
            test.Files.Add("/ld.so", ElfBuilder.Interpreter().Build());
            long free = test.Machine.Frames.FreeFrames;
            test.Machine.SimulatedFrames.FailAfter = frames;
            (AddressSpace? space, _, LoadRefusal? refusal) = test.Build("/p");
            test.Machine.SimulatedFrames.FailAfter = -1;
            if (space is not null)
            {
                Assert.InRange(frames, 4, 100);
                space.Release();
                return;
            }

            Assert.Equal(Errno.ENOMEM, refusal!.Errno);
            Assert.Equal(free, test.Machine.Frames.FreeFrames);
        }
    }

    [Fact]
    public void A_file_that_shrank_since_its_headers_were_read_is_refused()
    {
        using var test = new BuilderTest();
        test.Files.Add("/p", ElfBuilder.Static().Build());
        LoadRefusal? refusal = test.Build("/p", beforeBuilding: () => test.Files["/p"].Pages.SetLength(0x200)).Refusal;
        Assert.Equal(Errno.ENOEXEC, refusal!.Errno);
    }

    [Fact]
    public void An_address_space_limit_is_ENOMEM()
    {
        using var test = new BuilderTest();
        test.Files.Add("/p", ElfBuilder.Static().Build());
        test.Predecessor.AddressSpaceLimit = 0x20000;
        Assert.Equal(Errno.ENOMEM, test.Build("/p").Refusal!.Errno);
    }

    [Fact]
    public void Every_case_of_the_table_that_has_a_plan_can_be_carried_out_without_a_leak()
    {
        foreach (ElfCase elfCase in ElfCase.All.Values.Where(c => c.Expected == Errno.None && !c.Name.Contains("itself", StringComparison.Ordinal)))
        {
            using var test = new BuilderTest();
            test.Files.Add("/t/program", elfCase.Program("/t/interpreter"));
            if (elfCase.Interpreter is not null)
            {
                test.Files.Add("/t/interpreter", elfCase.Interpreter());
            }

            (AddressSpace? space, _, LoadRefusal? refusal) = test.Build("/t/program");
            Assert.True(space is not null, $"{elfCase.Name}: {refusal}");
            space.Release();
        }
    }

    [Fact]
    public void Mutated_programs_are_built_or_refused_and_leak_no_frame()
    {
        var random = new Random(20260104);
        using var test = new BuilderTest();
        long free = test.Machine.Frames.FreeFrames;
        for (int i = 0; i < 3000; i++)
        {
            using var files = new TestExecutables(test.Machine);
            files.Add("/p", ElfMutator.Mutate(random, ElfBuilder.Dynamic("/ld.so", i % 2 == 0 ? ElfType.ET_DYN : ElfType.ET_EXEC).Build()));
            files.Add("/ld.so", ElfMutator.Mutate(random, ElfBuilder.Interpreter().Build()));
            (AddressSpace? space, _, LoadRefusal? refusal) = test.Build(files, "/p", [], null);
            Assert.NotEqual(space is null, refusal is null);
            space?.Release();
        }

        Assert.Equal(free, test.Machine.Frames.FreeFrames);
    }

    /// <summary>A machine, files on it and the memory of the program that calls execve; nothing may be left in the end.</summary>
    private sealed class BuilderTest : IDisposable
    {
        public BuilderTest(int totalFrames = 512)
        {
            Machine = new SimulatedMachine(totalFrames);
            Files = new TestExecutables(Machine);
            Predecessor = AddressSpace.Create(Machine).Value;
        }

        public SimulatedMachine Machine { get; }

        public TestExecutables Files { get; }

        public AddressSpace Predecessor { get; }

        public (AddressSpace? Space, InitialStack? Stack, LoadRefusal? Refusal) Build(string path, params string[] arguments) =>
            Build(Files, path, arguments, null);

        public (AddressSpace? Space, InitialStack? Stack, LoadRefusal? Refusal) Build(string path, Action beforeBuilding) =>
            Build(Files, path, [], beforeBuilding);

        public (AddressSpace? Space, InitialStack? Stack, LoadRefusal? Refusal) Build(TestExecutables files, string path, IReadOnlyList<string> arguments, Action? beforeBuilding)
        {
            byte[] name = Encoding.Latin1.GetBytes(path);
            using PreparedProgram<IExecutableFile> program = PreparedProgram<IExecutableFile>.Prepare(files, name);
            if (program.Plan is null)
            {
                return (null, null, program.Refusal);
            }

            var passed = new ProgramArguments(name, [.. arguments.Select(Encoding.Latin1.GetBytes)], []);
            InitialStack stack = InitialStack.Build(program.Plan, passed, new AuxiliaryEnvironment(Credentials.Root, false, 0, 0, 0, null), new byte[16]);
            beforeBuilding?.Invoke();
            return ImageBuilder.Build(Machine, program, stack, vdso: null, Predecessor).TryGet(out AddressSpace? space, out LoadRefusal? refusal)
                ? (space, stack, null)
                : (null, null, refusal);
        }

        public void Dispose()
        {
            Predecessor.Release();
            Files.Dispose();
            Machine.AssertNothingLeaked();
        }
    }
}
