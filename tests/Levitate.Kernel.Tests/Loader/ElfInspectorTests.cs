using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

public sealed class ElfInspectorTests
{
    [Fact]
    public void A_static_program_is_reported_with_its_mappings()
    {
        var images = new MemoryImages { ["/p"] = ElfBuilder.Static().Build() };

        ElfReport report = ElfInspector.Inspect(images, "/p"u8);

        Assert.Null(report.Refusal);
        Assert.Equal("static", report.Kind);
        Assert.Null(report.InterpreterPath);
        Assert.Equal(0x400800UL, report.Entry);
        Assert.Equal(0UL, report.ProgramBias);
        Assert.Equal(0x403000UL, report.BreakStart);
        Assert.Equal(
            [
                new("program", 0, 0x400000, 0x401000, "r-x", 0, null),
                new("program", 1, 0x401000, 0x402000, "rw-", 0x1000, 0x401100),
                new("program", 1, 0x402000, 0x403000, "rw-", null, null),
            ],
            report.Mappings);
        Assert.Equal(0, images.OpenCount);
    }

    [Fact]
    public void A_dynamic_PIE_is_reported_with_both_images_and_its_auxiliary_vector()
    {
        var images = new MemoryImages { ["/p"] = ElfBuilder.Dynamic("/ld.so", ElfType.ET_DYN).Build(), ["/ld.so"] = ElfBuilder.Interpreter().Build() };

        ElfReport report = ElfInspector.Inspect(images, "/p"u8);

        Assert.Equal("dynamic PIE", report.Kind);
        Assert.Equal("/ld.so", report.InterpreterPath);
        Assert.Equal(0x7f00_0000_0000UL, report.InterpreterBase);
        Assert.Equal(0x7f00_0000_0800UL, report.Entry);
        Assert.Equal(0x5555_5555_4800UL, report.ProgramEntry);
        Assert.Equal(5, report.Segments.Count);
        Assert.Equal(6, report.Mappings.Count);
        Assert.Equal(0x7f00_0000_0000UL, Auxiliary(report, "AT_BASE"));
        Assert.Equal(0x5555_5555_4800UL, Auxiliary(report, "AT_ENTRY"));
        Assert.Equal(0x5555_5555_4040UL, Auxiliary(report, "AT_PHDR"));
        Assert.Equal(3UL, Auxiliary(report, "AT_PHNUM"));
        Assert.Null(Auxiliary(report, "AT_RANDOM"));
        Assert.Equal("AT_NULL", report.AuxiliaryVector[^1].Name);
    }

    [Fact]
    public void A_missing_interpreter_is_named_and_the_program_still_shown()
    {
        var images = new MemoryImages { ["/p"] = ElfBuilder.Dynamic("/lib/ld-gone.so.1").Build() };

        ElfReport report = ElfInspector.Inspect(images, "/p"u8);

        Assert.Equal(new LoadRefusal(Errno.ENOENT, "the interpreter /lib/ld-gone.so.1 does not exist"), report.Refusal);
        Assert.Equal("dynamic", report.Kind);
        Assert.Equal(3, report.Segments.Count);
        Assert.Empty(report.Mappings);
        Assert.Empty(report.AuxiliaryVector);
        Assert.Equal(0, images.OpenCount);
    }

    [Fact]
    public void A_script_is_followed_to_its_program()
    {
        var images = new MemoryImages { ["/s"] = "#!/p -x\n"u8.ToArray(), ["/p"] = ElfBuilder.Static().Build() };

        ElfReport report = ElfInspector.Inspect(images, "/s"u8);

        Assert.Equal([new InspectedScript("/p", "-x")], report.Scripts);
        Assert.Equal("static", report.Kind);
    }

    [Fact]
    public void A_text_file_is_refused_with_a_sentence()
    {
        var images = new MemoryImages { ["/p"] = "hello\n"u8.ToArray() };
        Assert.Equal("ENOEXEC: it is neither an ELF file nor a script", ElfInspector.Inspect(images, "/p"u8).Refusal?.ToString());
        Assert.Null(ElfInspector.Inspect(images, "/p"u8).Kind);
    }

    private static ulong? Auxiliary(ElfReport report, string name) => report.AuxiliaryVector.Single(entry => entry.Name == name).Value;
}
