using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Terminals;
using Xunit;

namespace Levitate.Kernel.Tests.Terminals;

public sealed class LineDisciplineTests
{
    private readonly LineDiscipline _discipline = new(TerminalSettings.Initial);
    private readonly List<byte> _echo = [];

    private string Echo => Encoding.Latin1.GetString([.. _echo]);

    [Fact]
    public void A_line_is_readable_once_it_is_complete_and_not_beyond_its_end()
    {
        Type("one");
        Assert.False(_discipline.HasReady);
        Type("\rtwo\r");
        Assert.Equal(8, _discipline.ReadyBytes);
        Assert.Equal("one\n", Read(100));
        Assert.Equal("tw", Read(2));
        Assert.Equal("o\n", Read(2));
        Assert.False(_discipline.HasReady);
        Assert.Equal("one\r\ntwo\r\n", Echo);
    }

    [Theory]
    [InlineData("abc\x7f\r", "ab\n", "abc\b \b\r\n")]
    [InlineData("\x7f\x7fx\r", "x\n", "x\r\n")]
    [InlineData("abc\x15" + "d\r", "d\n", "abc\b \b\b \b\b \bd\r\n")]
    [InlineData("one two\x17x\r", "one x\n", "one two\b \b\b \b\b \bx\r\n")]
    [InlineData("a\x01\x7f\r", "a\n", "a^A\b \b\b \b\r\n")]
    [InlineData("\x16\x03\r", "\x03\n", "^\b^C\r\n")]
    [InlineData("a\tb\x7f\x7f\x7fx\r", "x\n", "a\tb\b \b\b\b\b\b\b\b\b\b \bx\r\n")]
    [InlineData("one, two_3 \x17x\r", "one, x\n", "one, two_3 \b \b\b \b\b \b\b \b\b \b\b \bx\r\n")]
    [InlineData("ab\x12" + "c\r", "abc\n", "ab^R\r\nabc\r\n")]

    public void A_line_is_edited_as_it_is_typed(string typed, string read, string echo)
    {
        Type(typed);
        Assert.Equal(read, Read(100));
        Assert.Equal(echo, Echo);
    }

    [Fact]
    public void End_of_file_completes_a_line_or_is_one_of_no_bytes()
    {
        Type("ab\x04");
        Assert.Equal("ab", Read(100));
        Assert.False(_discipline.HasReady);
        Type("\x04");
        Assert.True(_discipline.HasReady);
        Assert.Equal(string.Empty, Read(100));
        Assert.False(_discipline.HasReady);
    }

    [Fact]
    public void Signal_characters_yield_signals_and_throw_the_line_away()
    {
        Type("abc");
        _echo.Clear();
        Assert.Equal(SignalNumber.SIGINT, _discipline.Receive(3, _echo));
        Assert.Equal("^C", Echo);
        Assert.Equal(SignalNumber.SIGQUIT, _discipline.Receive(0x1c, _echo));
        Assert.Equal(SignalNumber.SIGTSTP, _discipline.Receive(0x1a, _echo));
        Type("d\r");
        Assert.Equal("d\n", Read(100));
        Assert.Equal("^Zd\r\n", Echo);
    }

    [Fact]
    public void A_character_of_UTF_8_is_erased_as_one_and_takes_one_column()
    {
        TerminalSettings settings = _discipline.Settings;
        settings.Input |= TerminalInputFlags.IUTF8;
        _discipline.Settings = settings;
        Type("a\xc3\xbc\x7f" + "b\r");
        Assert.Equal("ab\n", Read(100));
        Assert.Equal("a\xc3\xbc\b \bb\r\n", Echo);
    }

    [Fact]
    public void Tabs_are_shown_as_spaces_up_to_the_next_eighth_column_where_XTABS_says_so()
    {
        TerminalSettings settings = _discipline.Settings;
        settings.Output |= TerminalOutputFlags.XTABS;
        _discipline.Settings = settings;
        Type("abc\td\r");
        Assert.Equal("abc     d\r\n", Echo);
    }

    [Fact]
    public void What_waits_when_canonical_mode_begins_can_be_read_as_a_line()
    {
        TerminalSettings canonical = _discipline.Settings;
        TerminalSettings raw = canonical;
        raw.Local &= ~TerminalLocalFlags.ICANON;
        _discipline.Settings = raw;
        Type("ab");
        _discipline.Settings = canonical;
        Type("cd");
        Assert.Equal("ab", Read(100));
        Assert.False(_discipline.HasReady);
        Type("\r");
        Assert.Equal("cd\n", Read(100));
    }

    [Fact]
    public void An_end_of_file_behind_a_read_that_was_filled_is_not_a_read_of_its_own()
    {
        Type("ab\x04");
        Assert.Equal("ab", Read(2));
        Assert.False(_discipline.HasReady);
    }

    [Fact]
    public void Raw_mode_passes_every_byte_at_once()
    {
        TerminalSettings settings = _discipline.Settings;
        settings.Local = 0;
        settings.Input = 0;
        settings.Output = 0;
        Type("pending");
        _discipline.Settings = settings;
        Type("\r\x03\x04\x7f");
        Assert.Equal("pending\r\x03\x04\x7f", Read(100));
        Assert.Equal("pending", Echo);
    }

    [Fact]
    public void A_line_that_is_too_long_keeps_its_end()
    {
        Type(new string('x', 5000) + "\r");
        Assert.Equal(new string('x', 4095) + "\n", Read(5000));
    }

    [Fact]
    public void Random_typing_in_random_modes_keeps_the_books()
    {
        var random = new Random(20260105);
        for (int i = 0; i < 100_000; i++)
        {
            if (random.Next(50) == 0)
            {
                TerminalSettings settings = _discipline.Settings;
                settings.Local = (TerminalLocalFlags)random.Next(0x10000);
                settings.Input = (TerminalInputFlags)random.Next(0x800);
                _discipline.Settings = settings;
            }

            _discipline.Receive((byte)random.Next(256), _echo);
            if (random.Next(10) == 0)
            {
                int before = _discipline.ReadyBytes;
                int read = Read(random.Next(1, 20)).Length;
                Assert.Equal(before - read, _discipline.ReadyBytes);
                _echo.Clear();
            }

            Assert.InRange(_discipline.ReadyBytes, 0, 200_000);
        }
    }

    private void Type(string text)
    {
        foreach (char value in text)
        {
            Assert.Equal(0, _discipline.Receive((byte)value, _echo));
        }
    }

    private string Read(int count)
    {
        var buffer = new byte[count];
        return Encoding.Latin1.GetString(buffer, 0, _discipline.Read(buffer));
    }
}
