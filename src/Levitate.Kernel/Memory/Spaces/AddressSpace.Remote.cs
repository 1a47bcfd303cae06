using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// Access from outside: the loader, /proc/[pid], process_vm_readv and its kin.
public sealed partial class AddressSpace
{
    /// <summary>
    /// Writes through the mappings' frames, whichever address space is active; ignores write protection of private
    /// mappings (copies first), as the loader needs; with <paramref name="asItMay"/> only what the process itself may do.
    /// </summary>
    /// <returns>EFAULT where nothing is mapped, past the end of a file, or in a shared mapping that is read-only; ENOMEM.</returns>
    public Errno WriteRemote(UserAddress address, ReadOnlySpan<byte> source, bool asItMay = false)
    {
        if (!UserLayout.IsUserRange(address.Value, (ulong)source.Length))
        {
            return Errno.EFAULT;
        }

        while (!source.IsEmpty)
        {
            int count = Math.Min(source.Length, PageSize.Bytes - address.PageOffset);
            using (_lock.Enter())
            {
                Errno error = FaultInRemote(address, isWrite: true, asItMay, out FrameNumber frame);
                if (error != Errno.None)
                {
                    return error;
                }

                source[..count].CopyTo(_frames.Bytes(frame)[address.PageOffset..]);
            }

            source = source[count..];
            address += (ulong)count;
        }

        return Errno.None;
    }

    /// <summary>Reads likewise. EFAULT, ENOMEM.</summary>
    public Errno ReadRemote(UserAddress address, Span<byte> destination, bool asItMay = false)
    {
        if (!UserLayout.IsUserRange(address.Value, (ulong)destination.Length))
        {
            return Errno.EFAULT;
        }

        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, PageSize.Bytes - address.PageOffset);
            using (_lock.Enter())
            {
                Errno error = FaultInRemote(address, isWrite: false, asItMay, out FrameNumber frame);
                if (error != Errno.None)
                {
                    return error;
                }

                _frames.Bytes(frame).Slice(address.PageOffset, count).CopyTo(destination);
            }

            destination = destination[count..];
            address += (ulong)count;
        }

        return Errno.None;
    }

    /// <summary>What an address of a shared mapping stands for, whoever maps it where: pages and an offset in them (the key of a shared futex).</summary>
    /// <returns>EFAULT for no memory, and such that may not be read; no pages for private memory.</returns>
    internal Errno FindShared(UserAddress address, out PageCache? pages, out ulong offset)
    {
        pages = null;
        offset = 0;
        using (_lock.Enter())
        {
            MemoryMapping? mapping = _mappings.Find(address.Value) ?? GrowStack(address.Value);
            if (mapping is null || (mapping.Access & PageAccess.Read) == 0)
            {
                return Errno.EFAULT;
            }

            if (mapping is { IsShared: true, Cache: { } cache })
            {
                pages = cache;
                offset = ((ulong)mapping.FilePageAt(address.Value) << PageSize.Shift) + (ulong)address.PageOffset;
            }

            return Errno.None;
        }
    }

    private Errno FaultInRemote(UserAddress address, bool isWrite, bool asItMay, out FrameNumber frame)
    {
        frame = default;
        MemoryMapping? mapping = _mappings.Find(address.Value) ?? GrowStack(address.Value);
        if (mapping is null)
        {
            return Errno.EFAULT;
        }

        PageAccess allowed = mapping.IsShared || asItMay ? mapping.Access : mapping.MaximumAccess;
        if ((isWrite && (allowed & PageAccess.Write) == 0) || (asItMay && !isWrite && (allowed & PageAccess.Read) == 0))
        {
            return Errno.EFAULT;
        }

        return FaultIn(mapping, address.PageStart, isWrite, out frame) switch
        {
            FaultResolution.Resolved => Errno.None,
            FaultResolution.OutOfMemory => Errno.ENOMEM,
            _ => Errno.EFAULT,
        };
    }
}
