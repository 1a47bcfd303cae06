using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Levitate.Machine.Entropy;

/// <summary>The ChaCha20 block function (RFC 8439, section 2.3).</summary>
internal static class ChaCha20
{
    /// <summary>Bytes in a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes in a block of key stream.</summary>
    public const int BlockBytes = 64;

    /// <summary>Computes one block of key stream.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="counter">Which block.</param>
    /// <param name="nonce">Three words.</param>
    /// <param name="block">64 bytes.</param>
    public static void Block(ReadOnlySpan<byte> key, uint counter, ReadOnlySpan<uint> nonce, Span<byte> block)
    {
        Span<uint> initial = stackalloc uint[16];
        initial[0] = 0x61707865;
        initial[1] = 0x3320646e;
        initial[2] = 0x79622d32;
        initial[3] = 0x6b206574;
        for (int word = 0; word < 8; word++)
        {
            initial[4 + word] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * word)..]);
        }

        initial[12] = counter;
        nonce[..3].CopyTo(initial[13..]);
        Span<uint> state = stackalloc uint[16];
        initial.CopyTo(state);
        for (int round = 0; round < 10; round++)
        {
            QuarterRound(ref state[0], ref state[4], ref state[8], ref state[12]);
            QuarterRound(ref state[1], ref state[5], ref state[9], ref state[13]);
            QuarterRound(ref state[2], ref state[6], ref state[10], ref state[14]);
            QuarterRound(ref state[3], ref state[7], ref state[11], ref state[15]);
            QuarterRound(ref state[0], ref state[5], ref state[10], ref state[15]);
            QuarterRound(ref state[1], ref state[6], ref state[11], ref state[12]);
            QuarterRound(ref state[2], ref state[7], ref state[8], ref state[13]);
            QuarterRound(ref state[3], ref state[4], ref state[9], ref state[14]);
        }

        for (int word = 0; word < 16; word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * word)..], unchecked(state[word] + initial[word]));
        }
    }

    private static void QuarterRound(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        unchecked
        {
            a += b;
            d = BitOperations.RotateLeft(d ^ a, 16);
            c += d;
            b = BitOperations.RotateLeft(b ^ c, 12);
            a += b;
            d = BitOperations.RotateLeft(d ^ a, 8);
            c += d;
            b = BitOperations.RotateLeft(b ^ c, 7);
        }
    }
}
