using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Terminals;

/// <content>Editing of the line that is being typed.</content>
internal sealed partial class LineDiscipline
{
    /// <summary>The column in which the line that is edited begins.</summary>
    private int _lineColumn;

    /// <summary>Whether the last thing shown is within "\...", the characters that a printing terminal shows as erased (ECHOPRT).</summary>
    private bool _erasing;

    private enum Erasure
    {
        Character,
        Word,
        Line,
    }

    /// <returns>Whether the byte was a command of line editing.</returns>
    private bool Edit(byte value, List<byte> echo)
    {
        bool extends = _settings.Has(TerminalLocalFlags.IEXTEN);
        if (Is(value, ControlCharacter.VERASE))
        {
            Erase(Erasure.Character, value, echo);
        }
        else if (Is(value, ControlCharacter.VKILL))
        {
            Erase(Erasure.Line, value, echo);
        }
        else if (extends && Is(value, ControlCharacter.VWERASE))
        {
            Erase(Erasure.Word, value, echo);
        }
        else if (extends && Is(value, ControlCharacter.VLNEXT))
        {
            BeginLiteral(echo);
        }
        else if (extends && Is(value, ControlCharacter.VREPRINT) && _settings.Has(TerminalLocalFlags.ECHO))
        {
            Reprint(value, echo);
        }
        else if (Is(value, ControlCharacter.VEOF))
        {
            _input.Complete(0);
        }
        else if (value == '\n' || Is(value, ControlCharacter.VEOL) || (extends && Is(value, ControlCharacter.VEOL2)))
        {
            EndLine(value, echo);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void EndLine(byte value, List<byte> echo)
    {
        if (_settings.Has(TerminalLocalFlags.ECHO))
        {
            FinishErasing(echo);
            Echo(value, echo);
        }
        else if (value == '\n' && _settings.Has(TerminalLocalFlags.ECHONL))
        {
            Process(value, echo);
        }

        _input.Complete(value);
    }

    private void BeginLiteral(List<byte> echo)
    {
        _nextIsLiteral = true;
        if (_settings.Has(TerminalLocalFlags.ECHO))
        {
            FinishErasing(echo);
            if (_settings.Has(TerminalLocalFlags.ECHOCTL))
            {
                // What follows is shown over the caret.
                echo.AddRange("^\b"u8);
            }
        }
    }

    private void Reprint(byte value, List<byte> echo)
    {
        FinishErasing(echo);
        Echo(value, echo);
        Process((byte)'\n', echo);
        _lineColumn = _output.Column;
        for (int i = 0; i < _input.EditedCount; i++)
        {
            Echo(_input.Edited(i), echo);
        }
    }

    private void Erase(Erasure what, byte key, List<byte> echo)
    {
        if (_input.EditedCount == 0)
        {
            return;
        }

        bool echoes = _settings.Has(TerminalLocalFlags.ECHO);
        bool erasesVisibly = _settings.Has(TerminalLocalFlags.ECHOK | TerminalLocalFlags.ECHOKE | TerminalLocalFlags.ECHOE);
        if (what == Erasure.Line && !(echoes && erasesVisibly))
        {
            ForgetLine(key, echo, echoes);
            return;
        }

        bool seenWord = false;
        while (LastCharacterLength() is > 0 and var length)
        {
            byte first = _input.Edited(_input.EditedCount - length);
            if (what == Erasure.Word)
            {
                bool isWord = IsWord(first);
                if (seenWord && !isWord)
                {
                    break;
                }

                seenWord |= isWord;
            }

            if (echoes)
            {
                EchoErased(what, key, length, echo);
            }

            _input.RemoveLast(length);
            if (what == Erasure.Character)
            {
                break;
            }
        }

        if (_input.EditedCount == 0 && echoes)
        {
            FinishErasing(echo);
        }
    }

    /// <summary>Bytes of the last character: one, or those of a character of UTF-8; 0 where the line is empty or no character begins in it.</summary>
    private int LastCharacterLength()
    {
        for (int length = 1; length <= _input.EditedCount; length++)
        {
            if (!IsContinuation(_input.Edited(_input.EditedCount - length), _settings))
            {
                return length;
            }
        }

        return 0;
    }

    private void ForgetLine(byte key, List<byte> echo, bool echoes)
    {
        _input.RemoveLast(_input.EditedCount);
        if (!echoes)
        {
            return;
        }

        FinishErasing(echo);
        Echo(key, echo);
        if (_settings.Has(TerminalLocalFlags.ECHOK))
        {
            Process((byte)'\n', echo);
        }
    }

    /// <summary>Shows that the last character goes; it is still in the line.</summary>
    private void EchoErased(Erasure what, byte key, int length, List<byte> echo)
    {
        byte first = _input.Edited(_input.EditedCount - length);
        if (_settings.Has(TerminalLocalFlags.ECHOPRT))
        {
            if (!_erasing)
            {
                Process((byte)'\\', echo);
                _erasing = true;
            }

            Echo(first, echo);
            for (int i = length - 1; i > 0; i--)
            {
                Process(_input.Edited(_input.EditedCount - i), echo);
            }
        }
        else if (what == Erasure.Character && !_settings.Has(TerminalLocalFlags.ECHOE))
        {
            Echo(key, echo);
        }
        else
        {
            MoveBack(first, length, echo);
        }
    }

    private void MoveBack(byte first, int length, List<byte> echo)
    {
        int column = _lineColumn;
        for (int i = 0; i < _input.EditedCount - length; i++)
        {
            column = OutputProcessor.Advance(column, _input.Edited(i), _settings);
        }

        for (int columns = OutputProcessor.Advance(column, first, _settings) - column; columns > 0; columns--)
        {
            Process((byte)'\b', echo);
            if (first != '\t')
            {
                Process((byte)' ', echo);
                Process((byte)'\b', echo);
            }
        }
    }

    private void FinishErasing(List<byte> echo)
    {
        if (_erasing)
        {
            _erasing = false;
            Process((byte)'/', echo);
        }
    }

    /// <summary>What belongs to a word: letters of Latin-1, digits and the underscore, so that the bytes of UTF-8's characters do.</summary>
    private static bool IsWord(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or >= 0xc0;
}
