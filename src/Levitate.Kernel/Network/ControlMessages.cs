using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>The control part of a message: struct cmsghdr and what follows it, each aligned to 8 bytes.</summary>
/// <remarks>Linux: cmsg(3), unix(7).</remarks>
internal static class ControlMessages
{
    /// <summary>The longest control part that a sender may give (net.core.optmem_max).</summary>
    private const ulong MaximumSize = 20_480;

    /// <summary>The most files of one message (SCM_MAX_FD).</summary>
    private const int MaximumFiles = 253;

    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int SCM_CREDENTIALS = 2;
    private const int CredentialsSize = 12;

    /// <summary>Takes a sender's control part apart.</summary>
    /// <param name="caller">The sender.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="length">Its length.</param>
    /// <param name="ancillary">What it says. The references of the files are the caller's, not so after an error.</param>
    /// <returns>EINVAL, EBADF, EPERM for credentials that are not the sender's, ENOBUFS, EFAULT.</returns>
    public static Errno Read(UserThread caller, UserAddress address, ulong length, out Ancillary ancillary)
    {
        ancillary = default;
        if (address.IsNull || length < (ulong)Header.Size)
        {
            return length > MaximumSize ? Errno.ENOBUFS : Errno.None;
        }

        if (length > MaximumSize)
        {
            return Errno.ENOBUFS;
        }

        var bytes = new byte[length];
        Errno error = caller.Memory.Read(address, bytes);
        ReadOnlySpan<byte> rest = bytes;
        while (error == Errno.None && rest.Length >= Header.Size)
        {
            Header header = MemoryMarshal.Read<Header>(rest);
            if (header.Length < (ulong)Header.Size || header.Length > (ulong)rest.Length)
            {
                error = Errno.EINVAL;
                break;
            }

            ReadOnlySpan<byte> data = rest[Header.Size..(int)header.Length];
            error = header.Level != SOL_SOCKET ? Errno.None : header.Type switch
            {
                SCM_RIGHTS => AddFiles(caller, data, ref ancillary),
                SCM_CREDENTIALS => SetCredentials(caller, data, ref ancillary),
                _ => Errno.EINVAL,
            };
            rest = rest[Math.Min(Align((int)header.Length), rest.Length)..];
        }

        if (error != Errno.None)
        {
            ancillary.Release();
        }

        return error;
    }

    /// <summary>Stores what came with a message in the receiver's control part; files get descriptors. Lets go of the files that do not fit.</summary>
    /// <param name="caller">The receiver.</param>
    /// <param name="address">Where the control part is.</param>
    /// <param name="room">Its length.</param>
    /// <param name="ancillary">What came.</param>
    /// <param name="tellsCredentials">SO_PASSCRED.</param>
    /// <param name="flags">MSG_CMSG_CLOEXEC; MSG_CTRUNC is added where something did not fit.</param>
    /// <returns>The bytes stored; EFAULT.</returns>
    public static Result<ulong> Write(UserThread caller, UserAddress address, ulong room, ref Ancillary ancillary, bool tellsCredentials, ref MessageFlags flags)
    {
        ulong used = 0;
        Errno error = Errno.None;
        room = address.IsNull ? 0 : room;
        if (tellsCredentials)
        {
            error = WriteCredentials(caller, address, room, ancillary.Credentials ?? PeerCredentials.Nobody, ref used, ref flags);
        }

        if (ancillary.Files is { } files && error == Errno.None)
        {
            error = WriteFiles(caller, address + used, room - used, files, ref used, ref flags);
        }

        ancillary.Release();
        return error == Errno.None ? used : error;
    }

    private static int Align(int length) => (length + 7) & ~7;

    private static Errno AddFiles(UserThread caller, ReadOnlySpan<byte> data, ref Ancillary ancillary)
    {
        ReadOnlySpan<int> descriptors = MemoryMarshal.Cast<byte, int>(data[..(data.Length & ~3)]);
        int before = ancillary.Files?.Length ?? 0;
        if (descriptors.Length + before > MaximumFiles)
        {
            return Errno.EINVAL;
        }

        if (descriptors.Length == 0)
        {
            return Errno.None;
        }

        var files = new FileDescription[before + descriptors.Length];
        ancillary.Files?.CopyTo(files, 0);
        for (int i = 0; i < descriptors.Length; i++)
        {
            if (!caller.Files.Get(descriptors[i]).TryGet(out FileDescription? file, out Errno error))
            {
                for (int taken = 0; taken < i; taken++)
                {
                    files[before + taken].Release();
                }

                return error;
            }

            files[before + i] = file;
        }

        ancillary.Files = files;
        return Errno.None;
    }

    private static Errno SetCredentials(UserThread caller, ReadOnlySpan<byte> data, ref Ancillary ancillary)
    {
        if (data.Length != CredentialsSize)
        {
            return Errno.EINVAL;
        }

        var given = MemoryMarshal.Read<PeerCredentials>(data);
        Credentials own = caller.Credentials;
        bool mayProcess = given.ProcessId == caller.Process.ProcessId || own.Has(Capability.CAP_SYS_ADMIN);
        bool mayUser = given.UserId == own.RealUserId || given.UserId == own.EffectiveUserId || given.UserId == own.SavedUserId || own.Has(Capability.CAP_SETUID);
        bool mayGroup = given.GroupId == own.RealGroupId || given.GroupId == own.EffectiveGroupId || given.GroupId == own.SavedGroupId || own.Has(Capability.CAP_SETGID);
        if (!mayProcess || !mayUser || !mayGroup)
        {
            return Errno.EPERM;
        }

        if (given.ProcessId != caller.Process.ProcessId && caller.Kernel.Processes.Find(given.ProcessId) is null)
        {
            return Errno.ESRCH;
        }

        ancillary.Credentials = given;
        return Errno.None;
    }

    private static Errno WriteCredentials(UserThread caller, UserAddress address, ulong room, in PeerCredentials credentials, ref ulong used, ref MessageFlags flags)
    {
        if (room < (ulong)Header.Size)
        {
            flags |= MessageFlags.MSG_CTRUNC;
            return Errno.None;
        }

        Span<byte> bytes = stackalloc byte[Header.Size + CredentialsSize];
        int length = (int)Math.Min(room, (ulong)bytes.Length);
        flags |= length < bytes.Length ? MessageFlags.MSG_CTRUNC : MessageFlags.None;
        MemoryMarshal.Write(bytes, new Header((ulong)length, SOL_SOCKET, SCM_CREDENTIALS));
        MemoryMarshal.Write(bytes[Header.Size..], credentials);
        used = Math.Min((ulong)Align(length), room);
        return caller.Memory.Write(address, bytes[..length]);
    }

    private static Errno WriteFiles(UserThread caller, UserAddress address, ulong room, FileDescription[] files, ref ulong used, ref MessageFlags flags)
    {
        int fitting = room < (ulong)Header.Size ? 0 : (int)Math.Min((room - (ulong)Header.Size) / sizeof(int), (ulong)files.Length);
        bool closeOnExec = (flags & MessageFlags.MSG_CMSG_CLOEXEC) != 0;
        int stored = 0;
        while (stored < fitting)
        {
            files[stored].Acquire();
            if (!caller.Files.Add(files[stored], closeOnExec, caller.Process.Limits.OpenFiles).TryGet(out int descriptor, out _))
            {
                break;
            }

            if (caller.Memory.Write(address + (ulong)(Header.Size + (stored * sizeof(int))), descriptor) != Errno.None)
            {
                caller.Files.Close(descriptor);
                return Errno.EFAULT;
            }

            stored++;
        }

        flags |= stored < files.Length ? MessageFlags.MSG_CTRUNC : MessageFlags.None;
        if (stored == 0)
        {
            return Errno.None;
        }

        int length = Header.Size + (stored * sizeof(int));
        used += Math.Min((ulong)Align(length), room);
        return caller.Memory.Write(address, new Header((ulong)length, SOL_SOCKET, SCM_RIGHTS));
    }

    /// <summary>struct cmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Header(ulong Length, int Level, int Type)
    {
        public const int Size = 16;
    }
}
