using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>Capabilities.</summary>
internal static class CapabilitySyscalls
{
    private const uint Version1 = 0x1998_0330;
    private const uint Version2 = 0x2007_1026;
    private const uint Version3 = 0x2008_0522;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Header(uint Version, int ProcessId);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Data(uint Effective, uint Permitted, uint Inheritable);

    /// <summary>Stores a thread's capability sets.</summary>
    /// <returns>EINVAL for an unknown version (the known one is stored; success when no data is wanted); ESRCH; EFAULT.</returns>
    /// <remarks>Linux: capget(2).</remarks>
    [Syscall(125)]
    internal static SyscallResult CapGet(UserThread caller, UserAddress header, UserAddress data)
    {
        Errno error = ReadHeader(caller, header, out Header head, out int words);
        if (error != Errno.None)
        {
            return error == Errno.EINVAL && data.IsNull ? SyscallResult.Success : error;
        }

        if (data.IsNull)
        {
            return head.ProcessId < 0 ? Errno.EINVAL : SyscallResult.Success;
        }

        if (Find(caller, head.ProcessId) is not { } credentials)
        {
            return head.ProcessId < 0 ? Errno.EINVAL : Errno.ESRCH;
        }

        for (int word = 0; word < words && error == Errno.None; word++)
        {
            int shift = 32 * word;
            var part = new Data((uint)(credentials.EffectiveCapabilities >> shift), (uint)(credentials.PermittedCapabilities >> shift), (uint)(credentials.InheritableCapabilities >> shift));
            error = caller.Memory.Write(data + (ulong)(word * 12), part);
        }

        return error;
    }

    /// <summary>Sets the caller's capability sets.</summary>
    /// <returns>EINVAL for an unknown version; EPERM for another thread, or for capabilities that are not the caller's to have; EFAULT.</returns>
    /// <remarks>Linux: capset(2), capabilities(7).</remarks>
    [Syscall(126)]
    internal static SyscallResult CapSet(UserThread caller, UserAddress header, UserAddress data)
    {
        Errno error = ReadHeader(caller, header, out Header head, out int words);
        if (error != Errno.None)
        {
            return error;
        }

        if (head.ProcessId != 0 && head.ProcessId != caller.ThreadId)
        {
            return Errno.EPERM;
        }

        ulong effective = 0, permitted = 0, inheritable = 0;
        for (int word = 0; word < words; word++)
        {
            if (!caller.Memory.Read<Data>(data + (ulong)(word * 12)).TryGet(out Data part, out error))
            {
                return error;
            }

            effective |= (ulong)part.Effective << (32 * word);
            permitted |= (ulong)part.Permitted << (32 * word);
            inheritable |= (ulong)part.Inheritable << (32 * word);
        }

        effective &= Credentials.AllCapabilities;
        permitted &= Credentials.AllCapabilities;
        inheritable &= Credentials.AllCapabilities;
        Credentials old = caller.Credentials;
        ulong inheritableLimit = old.Has(Capability.CAP_SETPCAP)
            ? old.InheritableCapabilities | old.BoundingCapabilities
            : old.InheritableCapabilities | old.PermittedCapabilities;
        if ((inheritable & ~inheritableLimit) != 0
            || (inheritable & ~(old.InheritableCapabilities | old.BoundingCapabilities)) != 0
            || (permitted & ~old.PermittedCapabilities) != 0
            || (effective & ~permitted) != 0)
        {
            return Errno.EPERM;
        }

        caller.Credentials = old with
        {
            EffectiveCapabilities = effective,
            PermittedCapabilities = permitted,
            InheritableCapabilities = inheritable,
            AmbientCapabilities = old.AmbientCapabilities & permitted & inheritable,
        };
        return SyscallResult.Success;
    }

    private static Credentials? Find(UserThread caller, int id) =>
        id == 0 ? caller.Credentials : id < 0 ? null : caller.Kernel.Processes.FindThread(id)?.Credentials ?? caller.Kernel.Processes.Find(id)?.Credentials;

    private static Errno ReadHeader(UserThread caller, UserAddress address, out Header header, out int words)
    {
        words = 0;
        header = default;
        if (!caller.Memory.Read<uint>(address).TryGet(out uint version, out Errno error))
        {
            return error;
        }

        switch (version)
        {
            case Version1:
                words = 1;
                break;
            case Version2 or Version3:
                words = 2;
                break;
            default:
                error = caller.Memory.Write(address, Version3);
                return error != Errno.None ? error : Errno.EINVAL;
        }

        return caller.Memory.Read<Header>(address).TryGet(out header, out error) ? Errno.None : error;
    }
}
