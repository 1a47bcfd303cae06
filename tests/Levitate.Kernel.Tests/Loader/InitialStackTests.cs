using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

public sealed class InitialStackTests(OracleDirectory oracle) : IClassFixture<OracleDirectory>
{
    private static readonly byte[] s_random = [.. Enumerable.Range(0xa0, 16).Select(value => (byte)value)];

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 0, 5)]
    [InlineData(3, 7, 0)]
    [InlineData(17, 4, 31)]
    [InlineData(1000, 1000, 3)]
    public void The_stack_pointer_is_a_multiple_of_16_and_everything_is_found_from_it(int arguments, int variables, int length)
    {
        List<byte[]> argv = [.. Enumerable.Range(0, arguments + 1).Select(i => Bytes($"argument {i}" + new string('a', i % (length + 1))))];
        List<byte[]> envp = [.. Enumerable.Range(0, variables).Select(i => Bytes($"NAME{i}=" + new string('e', i % (length + 1))))];
        InitialStack stack = Build("/bin/program" + new string('x', length), argv, envp);

        var image = new StackImage(stack.Content, stack.Pointer.Value);

        Assert.Equal(0UL, stack.Pointer.Value % 16);
        Assert.Equal(UserLayout.StackTop, stack.Pointer.Value + (ulong)stack.Content.Length);
        Assert.Equal(argv.Select(Encoding.Latin1.GetString), image.Arguments);
        Assert.Equal(envp.Select(Encoding.Latin1.GetString), image.Environment);
        Assert.Equal("/bin/program" + new string('x', length), image.FileName);
    }

    [Fact]
    public void The_smallest_stack_is_laid_out_byte_for_byte_as_documented()
    {
        InitialStack stack = Build("/p", [Bytes("p"), Bytes("x y")], [Bytes("A=1")]);
        const ulong top = 0x7fff_ffff_f000;
        const ulong execfn = top - 8 - 3;
        const ulong a = execfn - 4;
        const ulong xy = a - 4;
        const ulong p = xy - 2;
        const ulong platform = (p & ~15UL) - 7;
        const ulong random = platform - 16;

        ulong[] expected =
        [
            2, p, xy, 0, a, 0,
            51, 1488, 16, 0x178bfbff, 6, 4096, 17, 100, 3, 0x400040, 4, 56, 5, 2, 7, 0, 8, 0, 9, 0x400800,
            11, 1, 12, 2, 13, 3, 14, 4, 23, 1, 25, random, 26, 2, 31, execfn, 15, platform, 0, 0,
        ];
        var image = new StackImage(stack.Content, stack.Pointer.Value);
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => image.Word(8 * i)));
        Assert.Equal(s_random, stack.Content.AsSpan(image.Offset(random), 16).ToArray());
        Assert.Equal(Bytes("x86_64\0"), stack.Content.AsSpan(image.Offset(platform), 7).ToArray());
        Assert.Equal(Bytes("p\0x y\0A=1\0/p\0\0\0\0\0\0\0\0\0"), stack.Content.AsSpan(image.Offset(p)).ToArray());
        Assert.Equal((new UserAddress(p), new UserAddress(a)), stack.ArgumentArea);
        Assert.Equal((new UserAddress(a), new UserAddress(execfn)), stack.EnvironmentArea);
        Assert.Equal(stack.Content.AsSpan(6 * 8, (expected.Length - 6) * 8).ToArray(), stack.AuxiliaryVector);
    }

    [Fact]
    public void Arguments_are_bytes_of_any_value()
    {
        byte[] all = [.. Enumerable.Range(1, 255).Select(value => (byte)value)];
        InitialStack stack = Build("/p", [all, [], all], [[], all]);
        var image = new StackImage(stack.Content, stack.Pointer.Value);
        Assert.Equal([Encoding.Latin1.GetString(all), "", Encoding.Latin1.GetString(all)], image.Arguments);
        Assert.Equal(["", Encoding.Latin1.GetString(all)], image.Environment);
    }

    [LinuxFact]
    public void Linux_lays_the_stack_out_in_the_same_way()
    {
        string path = oracle.NewPath("program");
        LinuxOracle.WriteExecutable(path, DumpingProgram());
        byte[] dump = LinuxOracle.Capture(path, ["one", "", "three"], [("A", "1"), ("B", "")]).Value;
        var theirs = new StackImage(dump, null);
        InitialStack stack = Build(path, [Bytes(path), Bytes("one"), [], Bytes("three")], [.. theirs.Environment.Select(Bytes)]);
        var ours = new StackImage(stack.Content, stack.Pointer.Value);

        Assert.Equal(theirs.Strings, ours.Strings);
        Assert.Equal("x86_64", theirs.Text(theirs.Value(AuxiliaryVectorKey.AT_PLATFORM)));

        // Linux has a vDSO and, since 6.3, AT_RSEQ_FEATURE_SIZE and AT_RSEQ_ALIGN.
        AuxiliaryVectorKey[] notOurs = [AuxiliaryVectorKey.AT_SYSINFO_EHDR, (AuxiliaryVectorKey)27, (AuxiliaryVectorKey)28];
        Assert.Equal(theirs.Auxiliary.Select(entry => entry.Key).Except(notOurs), ours.Auxiliary.Select(entry => entry.Key));
        foreach (AuxiliaryVectorKey key in new[] { AuxiliaryVectorKey.AT_PHDR, AuxiliaryVectorKey.AT_PHENT, AuxiliaryVectorKey.AT_PHNUM, AuxiliaryVectorKey.AT_BASE, AuxiliaryVectorKey.AT_FLAGS, AuxiliaryVectorKey.AT_ENTRY, AuxiliaryVectorKey.AT_PAGESZ, AuxiliaryVectorKey.AT_CLKTCK })
        {
            Assert.Equal(theirs.Value(key), ours.Value(key));
        }

        // The random bytes lie right below the platform string, which lies on a 16-byte boundary below the strings.
        foreach (StackImage image in new[] { theirs, ours })
        {
            Assert.Equal(16UL, image.Value(AuxiliaryVectorKey.AT_PLATFORM) - image.Value(AuxiliaryVectorKey.AT_RANDOM));
            Assert.Equal(0UL, (image.Value(AuxiliaryVectorKey.AT_PLATFORM) + 7) % 16);
        }
    }

    [Theory]
    [InlineData(131071, Errno.None)]
    [InlineData(131072, Errno.E2BIG)]
    public void One_string_may_have_131072_bytes_with_its_NUL(int length, Errno expected)
    {
        const ulong stackLimit = 8 << 20;
        Assert.Equal(expected, Check(stackLimit, [new byte[length]], []));
        Assert.Equal(expected, Check(stackLimit, [[]], [new byte[length]]));
    }

    [Theory]
    [InlineData(8UL << 20, 2 << 20)]
    [InlineData(ulong.MaxValue, 6 << 20)]
    [InlineData(64UL << 20, 6 << 20)]
    [InlineData(0UL, 131072)]
    [InlineData(4096UL, 131072)]
    [InlineData(1UL << 20, 256 << 10)]
    public void All_strings_and_pointers_together_are_limited_by_the_stack(ulong stackLimit, int limit)
    {
        // The path "/p" takes 3 bytes, each of the arguments 8 bytes of pointer, 1000 bytes and a NUL, the last the rest.
        int count = (limit - 3) / 1009;
        int rest = limit - 3 - count * 1009;
        count -= rest < 9 ? 1 : 0;
        rest = limit - 3 - count * 1009 - 9;
        List<byte[]> argv = [.. Enumerable.Range(0, count).Select(_ => new byte[1000])];
        Assert.Equal(Errno.None, Check(stackLimit, [.. argv, new byte[rest]], []));
        Assert.Equal(Errno.E2BIG, Check(stackLimit, [.. argv, new byte[rest + 1]], []));
        Assert.Equal(Errno.None, Check(stackLimit, [new byte[rest]], argv));
        Assert.Equal(Errno.E2BIG, Check(stackLimit, [new byte[rest + 1]], argv));
    }

    [Fact]
    public void Pointers_alone_can_be_too_many() =>
        Assert.Equal(Errno.E2BIG, Check(0, [.. Enumerable.Repeat(Array.Empty<byte>(), 131072 / 8)], []));

    private static Errno Check(ulong stackLimit, IReadOnlyList<byte[]> argv, IReadOnlyList<byte[]> envp) =>
        new ProgramArguments(Bytes("/p"), argv, envp).CheckSize(stackLimit)?.Errno ?? Errno.None;

    private static InitialStack Build(string path, IReadOnlyList<byte[]> argv, IReadOnlyList<byte[]> envp)
    {
        var images = new MemoryImages { ["/p"] = ElfBuilder.Static().Build() };
        using PreparedProgram<MemoryImage> prepared = images.Prepare("/p");
        Credentials credentials = Credentials.Root with { RealUserId = 1, EffectiveUserId = 2, RealGroupId = 3, EffectiveGroupId = 4 };
        var environment = new AuxiliaryEnvironment(credentials, true, 0x178bfbff, 2, AuxiliaryVector.MinimumSignalStackSize(832), null);
        return InitialStack.Build(prepared.Plan!, new ProgramArguments(Bytes(path), argv, envp), environment, s_random);
    }

    private static byte[] DumpingProgram()
    {
        ElfBuilder builder = ElfBuilder.Static();
        builder.DumpsStack = true;
        return builder.Build();
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
