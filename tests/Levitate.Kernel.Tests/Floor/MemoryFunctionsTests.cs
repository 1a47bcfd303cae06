using System;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed unsafe class MemoryFunctionsTests
{
    private const int BufferBytes = 1024;

    private static readonly delegate* unmanaged<byte*, byte*, nuint, byte*> s_move =
        (delegate* unmanaged<byte*, byte*, nuint, byte*>)AssemblyLibrary.Find("memmove");

    private static readonly delegate* unmanaged<byte*, int, nuint, byte*> s_set =
        (delegate* unmanaged<byte*, int, nuint, byte*>)AssemblyLibrary.Find("memset");

    [Fact]
    public void Memmove_copies_every_length_at_every_overlap()
    {
        byte[] expected = new byte[BufferBytes];
        byte[] actual = new byte[BufferBytes];
        const int Source = 400;
        for (int length = 0; length <= 300; length++)
        {
            for (int distance = -70; distance <= 70; distance++)
            {
                new Random(length).NextBytes(expected);
                expected.CopyTo(actual, 0);
                expected.AsSpan(Source, length).CopyTo(expected.AsSpan(Source + distance));
                fixed (byte* buffer = actual)
                {
                    Assert.True(s_move(buffer + Source + distance, buffer + Source, (nuint)length) == buffer + Source + distance);
                }

                Assert.True(expected.AsSpan().SequenceEqual(actual), $"length {length}, distance {distance}");
            }
        }
    }

    [Fact]
    public void Memset_fills_every_length_at_every_alignment_and_nothing_else()
    {
        byte[] expected = new byte[BufferBytes];
        byte[] actual = new byte[BufferBytes];
        for (int length = 0; length <= 400; length++)
        {
            for (int start = 64; start < 128; start++)
            {
                new Random(length).NextBytes(expected);
                expected.CopyTo(actual, 0);
                expected.AsSpan(start, length).Fill(0xa5);
                fixed (byte* buffer = actual)
                {
                    Assert.True(s_set(buffer + start, -0x5b, (nuint)length) == buffer + start);
                }

                Assert.True(expected.AsSpan().SequenceEqual(actual), $"length {length}, start {start}");
            }
        }
    }
}
