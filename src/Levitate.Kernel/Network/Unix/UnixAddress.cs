using System;
using System.Buffers.Binary;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Network.Unix;

/// <summary>struct sockaddr_un: the family, then a path up to its NUL, or a NUL and an abstract name up to the end.</summary>
internal static class UnixAddress
{
    /// <summary>sizeof(struct sockaddr_un).</summary>
    public const int MaximumSize = 110;

    /// <summary>The name in an address; empty where there is only the family.</summary>
    /// <returns>EINVAL for another family or an impossible length.</returns>
    public static Result<byte[]> Parse(ReadOnlySpan<byte> address)
    {
        if (address.Length is < SocketAddress.FamilySize or > MaximumSize || SocketAddress.Family(address) != AddressFamily.AF_UNIX)
        {
            return Errno.EINVAL;
        }

        ReadOnlySpan<byte> name = address[SocketAddress.FamilySize..];
        if (!IsAbstract(name))
        {
            int end = name.IndexOf((byte)0);
            name = end < 0 ? name : name[..end];
        }

        return name.ToArray();
    }

    /// <summary>Whether a name is an abstract one.</summary>
    public static bool IsAbstract(ReadOnlySpan<byte> name) => name.Length > 0 && name[0] == 0;

    /// <summary>The address of a name; a path gets its NUL. Of no name: the family alone.</summary>
    public static byte[] Make(byte[]? name)
    {
        bool isPath = name is not null && !IsAbstract(name);
        var address = new byte[SocketAddress.FamilySize + (name?.Length ?? 0) + (isPath ? 1 : 0)];
        BinaryPrimitives.WriteUInt16LittleEndian(address, (ushort)AddressFamily.AF_UNIX);
        name?.CopyTo(address, SocketAddress.FamilySize);
        return address;
    }
}
