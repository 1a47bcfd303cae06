using System;
using System.Buffers.Binary;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>struct sockaddr in user memory.</summary>
internal static class SocketAddress
{
    /// <summary>sizeof(sa_family_t).</summary>
    public const int FamilySize = 2;

    /// <summary>sizeof(struct sockaddr_storage): no address is longer.</summary>
    public const int MaximumSize = 128;

    /// <summary>Reads an address.</summary>
    /// <returns>EINVAL for an impossible length; EFAULT.</returns>
    public static Result<byte[]> Read(UserThread caller, UserAddress address, uint length)
    {
        if (length > MaximumSize)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[length];
        Errno error = caller.Memory.Read(address, bytes);
        return error == Errno.None ? bytes : error;
    }

    /// <summary>Stores an address as far as there is room, and its whole length in the place of the room.</summary>
    /// <returns>EINVAL for a negative room; EFAULT.</returns>
    public static Errno Write(UserThread caller, ReadOnlySpan<byte> bytes, UserAddress address, UserAddress lengthAddress)
    {
        if (!caller.Memory.Read<int>(lengthAddress).TryGet(out int room, out Errno error))
        {
            return error;
        }

        if (room < 0)
        {
            return Errno.EINVAL;
        }

        error = caller.Memory.Write(address, bytes[..Math.Min(room, bytes.Length)]);
        return error != Errno.None ? error : caller.Memory.Write(lengthAddress, bytes.Length);
    }

    /// <summary>The family; AF_UNSPEC where the address is too short for one.</summary>
    public static AddressFamily Family(ReadOnlySpan<byte> address) =>
        address.Length < FamilySize ? AddressFamily.AF_UNSPEC : (AddressFamily)BinaryPrimitives.ReadUInt16LittleEndian(address);
}
