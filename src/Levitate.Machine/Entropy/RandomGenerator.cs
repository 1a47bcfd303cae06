using System;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Machine.Entropy;

/// <summary>
/// The kernel's random bytes: a ChaCha20 generator with fast key erasure. Every request's key stream begins with the next
/// request's key, so what was given out can't be computed from a later state. Entropy is folded into the key, 32 bytes a
/// permutation, so adding bad entropy never makes it worse.
/// </summary>
public sealed class RandomGenerator
{
    /// <summary>Guards the fields below. Nothing is locked under it. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.RandomGenerator);
    private readonly byte[] _key = new byte[ChaCha20.KeyBytes];

    /// <summary>Folds entropy in, of any length.</summary>
    public void Mix(ReadOnlySpan<byte> entropy)
    {
        Span<byte> block = stackalloc byte[ChaCha20.BlockBytes];
        using (_lock.Enter())
        {
            do
            {
                ReadOnlySpan<byte> part = entropy[..Math.Min(entropy.Length, ChaCha20.KeyBytes)];
                for (int index = 0; index < part.Length; index++)
                {
                    _key[index] ^= part[index];
                }

                // The part's length goes in too: entropy that ends in zeros differs from entropy without them.
                ChaCha20.Block(_key, counter: 0, [(uint)part.Length, 1, 0], block);
                block[..ChaCha20.KeyBytes].CopyTo(_key);
                entropy = entropy[part.Length..];
            }
            while (!entropy.IsEmpty);
        }

        block.Clear();
    }

    /// <summary>Fills with random bytes.</summary>
    public void Fill(Span<byte> destination)
    {
        Span<byte> key = stackalloc byte[ChaCha20.KeyBytes];
        Span<byte> block = stackalloc byte[ChaCha20.BlockBytes];
        using (_lock.Enter())
        {
            ChaCha20.Block(_key, counter: 0, [0, 0, 0], block);
            block[..ChaCha20.KeyBytes].CopyTo(_key);
            block[ChaCha20.KeyBytes..].CopyTo(key);
        }

        // The rest needs no lock: this key is the request's own.
        uint counter = 0;
        uint high = 0;
        while (!destination.IsEmpty)
        {
            ChaCha20.Block(key, counter, [high, 2, 0], block);
            int length = Math.Min(block.Length, destination.Length);
            block[..length].CopyTo(destination);
            destination = destination[length..];
            counter++;
            high += counter == 0 ? 1u : 0;
        }

        key.Clear();
        block.Clear();
    }
}
