using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class RestartableSequenceTests : IDisposable
{
    private const uint Signature = 0x53053053;
    private const ulong Start = 0x400000, Length = 64;
    private readonly FileTestKernel _kernel = new();

    private UserThread Caller => _kernel.Caller;

    private UserAddress Area => _kernel.Scratch;

    private UserAddress Section => Area + 64;

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [InlineData(Start, true)]
    [InlineData(Start + Length - 1, true)]
    [InlineData(Start + Length, false)]
    [InlineData(Start - 1, false)]
    public void A_section_is_left_by_its_abort_handler_only_from_within(ulong at, bool isWithin)
    {
        // The handler lies in memory of the test's: its signature is what counts.
        UserAddress handler = Area + 260;
        Register();
        WriteSection(handler.Value);
        Caller.Memory.Write(handler + unchecked((ulong)-4L), Signature);
        UserRegisters registers = default;
        registers.Rip = at;
        Assert.True(Caller.Sequence.TryLeaveSection(Caller, ref registers));
        Assert.Equal(isWithin ? handler.Value : at, registers.Rip);
        Assert.Equal(0UL, Caller.Memory.Read<ulong>(Area + 8).Value);
    }

    [Fact]
    public void A_section_without_the_signature_before_its_handler_is_bad()
    {
        Register();
        WriteSection((Area + 260).Value);
        UserRegisters registers = default;
        registers.Rip = Start;
        Assert.False(Caller.Sequence.TryLeaveSection(Caller, ref registers));
        Assert.Equal(Start, registers.Rip);
    }

    private void Register() => Assert.Equal(Errno.None, SequenceSyscalls.Rseq(Caller, Area, 32, 0, Signature).Error);

    private void WriteSection(ulong handler)
    {
        foreach ((ulong offset, ulong value) in new[] { (0UL, 0UL), (8UL, Start), (16UL, Length), (24UL, handler) })
        {
            Caller.Memory.Write(Section + offset, value);
        }

        Caller.Memory.Write(Area + 8, Section.Value);
    }
}
