using System;
using System.Linq;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Hand-made and systematically changed ELF files: what we do with each, and proof that Linux does what the table says.</summary>
public sealed class MalformedElfTests(OracleDirectory oracle) : IClassFixture<OracleDirectory>
{
    public static TheoryData<string> Names => [.. ElfCase.All.Keys];

    /// <summary>Without those where one Linux differs from another.</summary>
    public static TheoryData<string> NamesThatLinuxAgreesOn => [.. ElfCase.All.Where(elfCase => elfCase.Value.Linux != LinuxOutcome.Varies).Select(elfCase => elfCase.Key)];

    [Fact]
    public void There_are_at_least_two_hundred_cases() => Assert.True(ElfCase.All.Count >= 200, $"{ElfCase.All.Count} cases");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_is_loaded_or_refused_as_the_table_says(string name)
    {
        ElfCase elfCase = ElfCase.All[name];
        var images = new MemoryImages { ["/t/program"] = elfCase.Program("/t/interpreter") };
        images.Fail(".", Errno.EACCES);
        images.Fail("/t/directory", Errno.EACCES);
        images.Fail("/t/plain", Errno.EACCES);
        images.Fail("/t/plain/interpreter", Errno.ENOTDIR);
        images.Fail("/t/loop", Errno.ELOOP);
        images.Fail("/t/" + new string('x', 256), Errno.ENAMETOOLONG);
        if (elfCase.Interpreter is not null)
        {
            images["/t/interpreter"] = elfCase.Interpreter();
        }

        using (PreparedProgram<MemoryImage> prepared = images.Prepare("/t/program"))
        {
            Assert.Equal(elfCase.Expected, prepared.Refusal?.Errno ?? Errno.None);
            Assert.Equal(prepared.Refusal is null, prepared.Plan is not null);
            Assert.True(prepared.Refusal is null || prepared.Refusal.Sentence.Length > 10);
        }

        Assert.Equal(0, images.OpenCount);
    }

    [LinuxTheory]
    [MemberData(nameof(NamesThatLinuxAgreesOn))]
    public void Linux_itself_does_what_the_table_says(string name)
    {
        ElfCase elfCase = ElfCase.All[name];
        string program = oracle.NewPath("program");
        string interpreter = program.Replace("program", "interpreter", StringComparison.Ordinal);
        LinuxOracle.WriteExecutable(program, elfCase.Program(interpreter));
        if (elfCase.Interpreter is not null)
        {
            LinuxOracle.WriteExecutable(interpreter, elfCase.Interpreter());
        }

        OracleOutcome outcome = LinuxOracle.Run(program);
        LinuxOutcome kind = outcome.Error != Errno.None ? LinuxOutcome.Refuses : outcome.Signal != 0 ? LinuxOutcome.Dies : LinuxOutcome.Runs;
        Assert.True(kind == elfCase.Linux, $"Linux {outcome}, the table says {elfCase.Linux} {elfCase.Expected}");
        if (kind == LinuxOutcome.Refuses)
        {
            Assert.Equal(elfCase.Expected, outcome.Error);
        }

        if (kind == LinuxOutcome.Runs)
        {
            Assert.Equal(elfCase.Interpreter is null ? ElfBuilder.ProgramStatus : ElfBuilder.InterpreterStatus, outcome.Status);
        }
    }
}
