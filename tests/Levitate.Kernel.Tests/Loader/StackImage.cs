using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A program's initial stack, decoded as the program itself would: from the bytes between the stack pointer and the stack's end.</summary>
internal sealed class StackImage
{
    private readonly byte[] _bytes;
    private readonly ulong _pointer;

    /// <summary>Decodes a stack.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="pointer">The stack pointer; null to find it from the last bytes' place, AT_EXECFN (a dump has no addresses).</param>
    public StackImage(byte[] bytes, ulong? pointer)
    {
        _bytes = bytes;
        int count = (int)Word(0);
        int place = 8 * (1 + count + 1);
        while (Word(place) != 0)
        {
            place += 8;
        }

        EnvironmentCount = place / 8 - count - 2;
        for (place += 8; ; place += 16)
        {
            var key = (AuxiliaryVectorKey)Word(place);
            Auxiliary.Add((key, Word(place + 8)));
            if (key == AuxiliaryVectorKey.AT_NULL)
            {
                break;
            }
        }

        AuxiliaryEnd = place + 16;
        ArgumentCount = count;
        int execfn = bytes.AsSpan(0, bytes.Length - 9).LastIndexOf((byte)0) + 1;
        _pointer = pointer ?? Value(AuxiliaryVectorKey.AT_EXECFN) - (ulong)execfn;
        FileName = Text(Value(AuxiliaryVectorKey.AT_EXECFN));
        for (int i = 0; i < count; i++)
        {
            Arguments.Add(Text(Word(8 * (1 + i))));
        }

        for (int i = 0; i < EnvironmentCount; i++)
        {
            Environment.Add(Text(Word(8 * (count + 2 + i))));
        }
    }

    public int ArgumentCount { get; }

    public int EnvironmentCount { get; }

    public List<string> Arguments { get; } = [];

    public List<string> Environment { get; } = [];

    public List<(AuxiliaryVectorKey Key, ulong Value)> Auxiliary { get; } = [];

    /// <summary>The offset of the first byte behind AT_NULL.</summary>
    public int AuxiliaryEnd { get; }

    public string FileName { get; }

    public ulong Value(AuxiliaryVectorKey key) => Auxiliary.Find(entry => entry.Key == key).Value;

    /// <summary>An address as an offset in the bytes.</summary>
    public int Offset(ulong address) => checked((int)(address - _pointer));

    public string Text(ulong address)
    {
        int offset = Offset(address);
        return Encoding.Latin1.GetString(_bytes, offset, Array.IndexOf(_bytes, (byte)0, offset) - offset);
    }

    /// <summary>The bytes from argv[0]'s first to the end: strings only, no addresses.</summary>
    public byte[] Strings => _bytes[Offset(Word(8))..];

    public ulong Word(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset));
}
