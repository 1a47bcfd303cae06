using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Platform;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

public sealed class LoadPlanTests
{
    [Theory]
    [InlineData(0x1000UL, 0x5555_5555_4000UL)]
    [InlineData(0x4000UL, 0x5555_5555_4000UL)]
    [InlineData(0x200000UL, 0x5555_5540_0000UL)]
    [InlineData(0x40000000UL, 0x5555_4000_0000UL)]
    public void A_PIE_is_aligned_as_its_largest_p_align_asks(ulong alignment, ulong expected)
    {
        LoadPlan plan = Plan(ElfType.ET_DYN, b => b.DataSegment.Alignment = alignment);
        Assert.Equal(expected, plan.Program.Start.Value);
        Assert.Equal(expected, plan.Program.Bias);
    }

    [Fact]
    public void A_PIE_linked_at_an_address_starts_at_the_base_all_the_same()
    {
        LoadPlan plan = Plan(ElfType.ET_DYN, b =>
        {
            b.Entry += 0x400000;
            b.Text.VirtualAddress += 0x400000;
            b.DataSegment.VirtualAddress += 0x400000;
        });
        Assert.Equal(UserLayout.ProgramBase, plan.Program.Start.Value);
        Assert.Equal(UserLayout.ProgramBase + ElfBuilder.CodeOffset, plan.Entry.Value);
        Assert.Equal(UserLayout.ProgramBase + ElfHeader.Size, plan.ProgramHeaderAddress.Value);
    }

    [Fact]
    public void The_interpreter_gives_way_to_a_program_at_its_place()
    {
        var images = new MemoryImages { ["/ld.so"] = ElfBuilder.Interpreter().Build() };
        ElfBuilder builder = ElfBuilder.Dynamic("/ld.so");
        builder.Text.VirtualAddress = UserLayout.InterpreterBase + 0x1000;
        builder.DataSegment.VirtualAddress = UserLayout.InterpreterBase + 0x2000;
        images["/p"] = builder.Build();
        using PreparedProgram<MemoryImage> prepared = images.Prepare("/p");
        Assert.Equal(0x7000_0000_0000UL, prepared.Plan!.InterpreterBase.Value);
        Assert.Equal(0x7000_0000_0800UL, prepared.Plan.Entry.Value);
    }

    [Theory]
    [InlineData(0x40UL, 0x400040UL)]
    [InlineData(0xfc0UL, 0x400fc0UL)]
    [InlineData(0x1010UL, 0x401010UL)]
    [InlineData(0x2000UL, 0UL)]
    public void AT_PHDR_is_where_a_segment_brings_the_table_or_else_zero(ulong offset, ulong expected)
    {
        ElfBuilder source = ElfBuilder.Static();
        byte[] table = source.Build().AsSpan(ElfHeader.Size, 2 * ElfProgramHeader.Size).ToArray();
        LoadPlan plan = Plan(ElfType.ET_EXEC, b =>
        {
            b.ProgramHeaderOffset = offset;
            b.Length = 0x3000;
            b.Patches.Add(((int)offset, table));
        });
        Assert.Equal(expected, plan.ProgramHeaderAddress.Value);
    }

    [Fact]
    public void A_read_only_segment_keeps_what_the_file_has_behind_its_content()
    {
        LoadPlan plan = Plan(ElfType.ET_EXEC, b => b.DataSegment.Flags = ElfSegmentFlags.PF_R);
        SegmentPlacement data = plan.Program.Segments[1];
        Assert.Equal(0UL, data.ZeroLength);
        Assert.Equal(PageAccess.Read, data.Access);
        Assert.Equal(PageAccess.Read | PageAccess.Write, data.AnonymousAccess);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W, false)]
    [InlineData(ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W | ElfSegmentFlags.PF_X, true)]
    public void PT_GNU_STACK_decides_whether_the_stack_is_executable(ElfSegmentFlags? flags, bool expected)
    {
        LoadPlan plan = Plan(ElfType.ET_EXEC, b =>
        {
            if (flags is ElfSegmentFlags value)
            {
                b.Add(ElfSegmentType.PT_GNU_STACK, value);
            }
        });
        Assert.Equal(expected, plan.HasExecutableStack);
    }

    private static LoadPlan Plan(ElfType type, Action<ElfBuilder> change)
    {
        ElfBuilder builder = ElfBuilder.Static(type);
        change(builder);
        var images = new MemoryImages { ["/p"] = builder.Build() };
        using PreparedProgram<MemoryImage> prepared = images.Prepare("/p");
        Assert.Null(prepared.Refusal);
        return prepared.Plan!;
    }
}
