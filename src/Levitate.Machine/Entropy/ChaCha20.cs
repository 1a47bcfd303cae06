using System;
using System.Runtime.Intrinsics;

namespace Levitate.Machine.Entropy;

/// <summary>The ChaCha20 block function (RFC 8439, section 2.3).</summary>
internal static class ChaCha20
{
    /// <summary>Bytes in a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes in a block of key stream.</summary>
    public const int BlockBytes = 64;

    private const int Rounds = 20;

    /// <summary>Computes one block of key stream.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="counter">Which block.</param>
    /// <param name="nonce">Three words.</param>
    /// <param name="block">64 bytes.</param>
    public static void Block(ReadOnlySpan<byte> key, uint counter, ReadOnlySpan<uint> nonce, Span<byte> block)
    {
        // The state is a matrix of four rows, and a vector holds a row: so a round works on its four columns at once.
        Vector128<uint> row0 = Vector128.Create(0x61707865u, 0x3320646e, 0x79622d32, 0x6b206574);
        Vector128<uint> row1 = Vector128.Create(key[..16]).AsUInt32();
        Vector128<uint> row2 = Vector128.Create(key[16..KeyBytes]).AsUInt32();
        Vector128<uint> row3 = Vector128.Create(counter, nonce[0], nonce[1], nonce[2]);
        Vector128<uint> a = row0;
        Vector128<uint> b = row1;
        Vector128<uint> c = row2;
        Vector128<uint> d = row3;
        for (int round = 0; round < Rounds; round++)
        {
            a += b;
            d = RotateLeft(d ^ a, 16);
            c += d;
            b = RotateLeft(b ^ c, 12);
            a += b;
            d = RotateLeft(d ^ a, 8);
            c += d;
            b = RotateLeft(b ^ c, 7);

            // Every other round works on the diagonals: they are turned into columns, and back after it.
            bool isColumnRound = (round & 1) == 0;
            b = Turn(b, isColumnRound ? 1 : 3);
            c = Turn(c, 2);
            d = Turn(d, isColumnRound ? 3 : 1);
        }

        (a + row0).AsByte().CopyTo(block);
        (b + row1).AsByte().CopyTo(block[16..]);
        (c + row2).AsByte().CopyTo(block[32..]);
        (d + row3).AsByte().CopyTo(block[48..]);
    }

    private static Vector128<uint> RotateLeft(Vector128<uint> value, int bits) => (value << bits) | (value >>> (32 - bits));

    /// <summary>Moves every word down by so many places, around the end.</summary>
    private static Vector128<uint> Turn(Vector128<uint> value, int places) => places switch
    {
        1 => Vector128.Shuffle(value, Vector128.Create(1u, 2, 3, 0)),
        2 => Vector128.Shuffle(value, Vector128.Create(2u, 3, 0, 1)),
        _ => Vector128.Shuffle(value, Vector128.Create(3u, 0, 1, 2)),
    };
}
