using System;
using System.Collections.Generic;
using System.IO;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Platform;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Mutates real ELF files and scripts: whatever comes out is loaded soundly or refused clearly, and nothing throws.</summary>
public sealed class ElfFuzzTests
{
    private const int Cases = 60_000;
    private const int ScriptCases = 20_000;

    private static readonly HashSet<Errno> s_clearErrors = [Errno.None, Errno.ENOEXEC, Errno.ELIBBAD, Errno.EIO, Errno.EINVAL, Errno.ENOENT, Errno.EACCES, Errno.ELOOP];

    [Fact]
    public void Mutated_programs_and_interpreters_are_loaded_soundly_or_refused_clearly()
    {
        var random = new Random(20260101);
        List<byte[]> programs = CollectPrograms();
        List<byte[]> interpreters = CollectInterpreters();
        int loaded = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] program = Pick(random, programs);
            byte[] interpreter = Pick(random, interpreters);
            int target = random.Next(3);
            var images = new MemoryImages
            {
                ["/p"] = target != 1 ? ElfMutator.Mutate(random, program) : program,
                ["/lib64/ld-linux-x86-64.so.2"] = target != 0 ? ElfMutator.Mutate(random, interpreter) : interpreter,
            };
            images.Fail(".", Errno.EACCES);
            using (PreparedProgram<MemoryImage> prepared = images.Prepare("/p"))
            {
                AssertSound(prepared, i);
                loaded += prepared.Plan is null ? 0 : 1;
            }

            Assert.Equal(0, images.OpenCount);
        }

        // A fuzzer all of whose cases fail at the first check tests nothing.
        Assert.InRange(loaded, Cases / 10, Cases * 9 / 10);
    }

    [Fact]
    public void Mutated_scripts_run_or_are_refused_clearly()
    {
        var random = new Random(20260102);
        byte[] alphabet = "#! \t\n\0/pas-\r\u00ff"u8.ToArray();
        for (int i = 0; i < ScriptCases; i++)
        {
            byte[] script = new byte[random.Next(300)];
            for (int k = 0; k < script.Length; k++)
            {
                script[k] = alphabet[random.Next(alphabet.Length)];
            }

            "#!/p"u8[..Math.Min(script.Length, 1 + random.Next(4))].CopyTo(script);
            var images = new MemoryImages { ["/s"] = script, ["/p"] = ElfBuilder.Static().Build() };
            images.Fail(".", Errno.EACCES);
            using (PreparedProgram<MemoryImage> prepared = images.Prepare("/s"))
            {
                Assert.Contains(prepared.Refusal?.Errno ?? Errno.None, s_clearErrors);
                IReadOnlyList<byte[]> arguments = ScriptImage.RewriteArguments(prepared.Scripts, "/s"u8.ToArray(), ["x"u8.ToArray()]);
                Assert.All(arguments, argument => Assert.Equal(-1, Array.IndexOf(argument, (byte)0)));
            }

            Assert.Equal(0, images.OpenCount);
        }
    }

    [Fact]
    public void The_inspector_takes_whatever_the_loader_takes()
    {
        var random = new Random(20260103);
        List<byte[]> programs = CollectPrograms();
        for (int i = 0; i < 2000; i++)
        {
            var images = new MemoryImages { ["/p"] = ElfMutator.Mutate(random, Pick(random, programs)), ["/lib64/ld-linux-x86-64.so.2"] = ElfBuilder.Interpreter().Build() };
            images.Fail(".", Errno.EACCES);
            ElfReport report = ElfInspector.Inspect(images, "/p"u8);
            Assert.Equal(report.Refusal is null, report.Entry is not null);
            Assert.Equal(report.Refusal is null, report.Mappings.Count != 0);
            Assert.Equal(0, images.OpenCount);
        }
    }

    /// <summary>What must hold of every plan, however odd the files.</summary>
    private static void AssertSound(PreparedProgram<MemoryImage> prepared, int number)
    {
        Assert.Contains(prepared.Refusal?.Errno ?? Errno.None, s_clearErrors);
        Assert.Equal(prepared.Refusal is null, prepared.Plan is not null);
        if (prepared.Plan is not LoadPlan plan)
        {
            return;
        }

        AssertSound(plan.Program, number);
        if (plan.Interpreter is not null)
        {
            AssertSound(plan.Interpreter, number);
            Assert.False(plan.Interpreter.Overlaps(plan.Program), $"case {number}");
        }

        Assert.True(plan.Entry.Value < UserLayout.End && plan.BreakStart.PageOffset == 0, $"case {number}");
    }

    private static void AssertSound(ImagePlacement image, int number)
    {
        foreach (SegmentPlacement segment in image.Segments)
        {
            ulong length = segment.End - segment.Start;
            bool isSound = segment.Start.Value >= UserLayout.MinimumAddress
                && UserLayout.IsUserRange(segment.Start.Value, length)
                && segment.End.Value <= UserLayout.StackTop - (9 << 20)
                && segment.Start.PageOffset == 0
                && segment.FileLength % PageSize.Bytes == 0
                && segment.FileOffset >= 0
                && segment.FileOffset % PageSize.Bytes == 0
                && segment.FileOffset <= long.MaxValue - (long)segment.FileLength
                && segment.AnonymousLength % PageSize.Bytes == 0
                && segment.ZeroLength < PageSize.Bytes
                && (segment.ZeroLength == 0 || (segment.ZeroStart + segment.ZeroLength).PageOffset == 0)
                && (segment.AnonymousLength == 0 || segment.AnonymousStart == segment.Start + segment.FileLength);
            Assert.True(isSound, $"case {number}: {segment}");
        }
    }

    private static List<byte[]> CollectPrograms()
    {
        const string interpreter = "/lib64/ld-linux-x86-64.so.2";
        List<byte[]> programs =
        [
            ElfBuilder.Static().Build(),
            ElfBuilder.Static(ElfType.ET_DYN).Build(),
            ElfBuilder.Dynamic(interpreter).Build(),
            ElfBuilder.Dynamic(interpreter, ElfType.ET_DYN).Build(),
        ];
        AddHostFile(programs, "/bin/true");
        return programs;
    }

    private static List<byte[]> CollectInterpreters()
    {
        List<byte[]> interpreters = [ElfBuilder.Interpreter().Build(), ElfBuilder.Interpreter(ElfType.ET_EXEC).Build()];
        AddHostFile(interpreters, "/lib64/ld-linux-x86-64.so.2");
        AddHostFile(interpreters, "/lib/ld-musl-x86_64.so.1");
        return interpreters;
    }

    private static void AddHostFile(List<byte[]> files, string path)
    {
        if (File.Exists(path))
        {
            // The headers and PT_INTERP are at the front; 64 KiB keep the cases fast, and the rest is past the end of file.
            byte[] bytes = File.ReadAllBytes(path);
            files.Add(bytes.AsSpan(0, Math.Min(bytes.Length, 65536)).ToArray());
        }
    }

    private static byte[] Pick(Random random, List<byte[]> files) => files[random.Next(files.Count)];
}
