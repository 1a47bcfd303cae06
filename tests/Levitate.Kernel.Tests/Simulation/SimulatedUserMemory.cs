using System;
using System.Buffers.Binary;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>User copies that walk the simulated page table that the calling thread has activated.</summary>
public sealed class SimulatedUserMemory : IUserMemoryCopier
{
    private readonly ThreadLocal<SimulatedPageTable?> _active = new();

    /// <summary>The calling thread's address space; null: the kernel's own, where every user access faults.</summary>
    public SimulatedPageTable? ActivePageTable
    {
        get => _active.Value;
        set => _active.Value = value;
    }

    /// <inheritdoc/>
    public int CopyFromUser(Span<byte> destination, UserAddress source)
    {
        int done = 0;
        while (done < destination.Length)
        {
            Span<byte> part = InPage(destination[done..], source + (ulong)done);
            if (!Access(source + (ulong)done, part.Length, PageAccess.Read, part, static (bytes, to) => bytes.CopyTo(to)))
            {
                break;
            }

            done += part.Length;
        }

        return done;
    }

    /// <inheritdoc/>
    public int CopyToUser(UserAddress destination, ReadOnlySpan<byte> source)
    {
        int done = 0;
        while (done < source.Length)
        {
            UserAddress address = destination + (ulong)done;
            ReadOnlySpan<byte> part = source.Slice(done, Math.Min(source.Length - done, PageSize.Bytes - address.PageOffset));
            if (!Access(address, part.Length, PageAccess.Write, part, static (bytes, from) => from.CopyTo(bytes)))
            {
                break;
            }

            done += part.Length;
        }

        return done;
    }

    /// <inheritdoc/>
    public int ClearUser(UserAddress destination, int length)
    {
        int done = 0;
        while (done < length)
        {
            UserAddress address = destination + (ulong)done;
            int part = Math.Min(length - done, PageSize.Bytes - address.PageOffset);
            if (!Access(address, part, PageAccess.Write, 0, static (bytes, _) => bytes.Clear()))
            {
                break;
            }

            done += part;
        }

        return done;
    }

    /// <inheritdoc/>
    public bool TryLoad(UserAddress address, out uint value)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        CheckAligned(address);
        bool loaded = CopyFromUser(word, address) == word.Length;
        value = loaded ? BinaryPrimitives.ReadUInt32LittleEndian(word) : 0;
        return loaded;
    }

    /// <inheritdoc/>
    public bool TryCompareExchange(UserAddress address, uint expected, uint replacement, out uint previous)
    {
        CheckAligned(address);
        Span<uint> seen = stackalloc uint[1];
        bool done = Access(address, sizeof(uint), PageAccess.Read | PageAccess.Write, new Exchange(expected, replacement, seen), static (bytes, exchange) =>
        {
            exchange.Seen[0] = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (exchange.Seen[0] == exchange.Expected)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, exchange.Replacement);
            }
        });
        previous = seen[0];
        return done;
    }

    private readonly ref struct Exchange(uint expected, uint replacement, Span<uint> seen)
    {
        public readonly uint Expected = expected, Replacement = replacement;
        public readonly Span<uint> Seen = seen;
    }

    private bool Access<TState>(UserAddress address, int length, PageAccess wanted, TState state, PageAction<TState> action)
        where TState : allows ref struct =>
        UserLayout.IsUserRange(address.Value, (ulong)length)
        && ActivePageTable is { } table
        && table.Access(address, length, wanted, state, action);

    private static Span<byte> InPage(Span<byte> bytes, UserAddress address) =>
        bytes[..Math.Min(bytes.Length, PageSize.Bytes - address.PageOffset)];

    private static void CheckAligned(UserAddress address)
    {
        if (address.Value % sizeof(uint) != 0)
        {
            throw new InvalidOperationException($"{address} is not aligned");
        }
    }
}
