using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>open, close and their kin.</summary>
internal static class OpenSyscalls
{
    private const OpenFlags CreateFlags = OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC;

    /// <summary>Opens a file.</summary>
    [Syscall(2)]
    internal static SyscallResult Open(UserThread caller, UserAddress path, OpenFlags flags, uint mode) =>
        Openat(caller, PathArguments.AT_FDCWD, path, flags, mode);

    /// <summary>Creates a file and opens it for writing.</summary>
    [Syscall(85)]
    internal static SyscallResult Creat(UserThread caller, UserAddress path, uint mode) =>
        Openat(caller, PathArguments.AT_FDCWD, path, CreateFlags, mode);

    /// <summary>Opens a file, its path beginning at a directory's descriptor.</summary>
    [Syscall(257)]
    internal static SyscallResult Openat(UserThread caller, int directory, UserAddress path, OpenFlags flags, uint mode) =>
        OpenRequest.Create(flags, mode, isStrict: false).TryGet(out OpenRequest request, out Errno error)
            ? Open(caller, directory, path, request)
            : error;

    /// <summary>Opens a file with restrictions on how its path is walked.</summary>
    /// <remarks>Linux: openat2(2), since 5.6.</remarks>
    [Syscall(437, Unsupported = "RESOLVE_CACHED: EAGAIN, as Linux may answer at any time; O_ASYNC: EINVAL")]
    internal static SyscallResult Openat2(UserThread caller, int directory, UserAddress path, UserAddress how, ulong size)
    {
        const ulong KnownSize = 24;
        const ulong RESOLVE_CACHED = 0x20;
        if (size < KnownSize)
        {
            return Errno.EINVAL;
        }

        if (size > PageSize.Bytes)
        {
            return Errno.E2BIG;
        }

        Span<byte> rest = stackalloc byte[(int)(size - KnownSize)];
        if (!caller.Memory.Read<OpenHow>(how).TryGet(out OpenHow wanted, out Errno error)
            || (error = caller.Memory.Read(how + KnownSize, rest)) != Errno.None)
        {
            return error;
        }

        if (rest.ContainsAnyExcept((byte)0))
        {
            return Errno.E2BIG;
        }

        if (wanted.Flags > int.MaxValue || wanted.Mode > uint.MaxValue || (wanted.Resolve & ~0x3fUL) != 0)
        {
            return Errno.EINVAL;
        }

        WalkOptions options = ToWalkOptions(wanted.Resolve);
        if ((options & (WalkOptions.Beneath | WalkOptions.InRoot)) == (WalkOptions.Beneath | WalkOptions.InRoot))
        {
            return Errno.EINVAL;
        }

        if (!OpenRequest.Create((OpenFlags)wanted.Flags, (uint)wanted.Mode, isStrict: true, options).TryGet(out OpenRequest request, out error))
        {
            return error;
        }

        return (wanted.Resolve & RESOLVE_CACHED) != 0 ? Errno.EAGAIN : Open(caller, directory, path, request);
    }

    /// <summary>Closes a descriptor.</summary>
    [Syscall(3)]
    internal static SyscallResult Close(UserThread caller, int fd) => caller.Files.Close(fd);

    /// <summary>Closes a range of descriptors, or marks them to be closed by execve.</summary>
    /// <remarks>Linux: close_range(2), since 5.9.</remarks>
    [Syscall(436, Name = "close_range", Unsupported = "CLOSE_RANGE_UNSHARE in a process of several threads, which have one table: EINVAL")]
    internal static SyscallResult CloseRange(UserThread caller, uint first, uint last, CloseRangeFlags flags)
    {
        if ((flags & ~(CloseRangeFlags.CLOSE_RANGE_UNSHARE | CloseRangeFlags.CLOSE_RANGE_CLOEXEC)) != 0 || first > last)
        {
            return Errno.EINVAL;
        }

        if ((flags & CloseRangeFlags.CLOSE_RANGE_UNSHARE) != 0)
        {
            if (caller.Process.ThreadCount > 1)
            {
                return Errno.EINVAL;
            }

            caller.Process.UnshareFiles();
        }

        caller.Files.CloseRange(first, last, (flags & CloseRangeFlags.CLOSE_RANGE_CLOEXEC) != 0);
        return SyscallResult.Success;
    }

    private static SyscallResult Open(UserThread caller, int directory, UserAddress path, in OpenRequest request)
    {
        if (!caller.Memory.ReadPath(path).TryGet(out byte[]? bytes, out Errno error)
            || !PathArguments.Start(caller, directory, bytes, request.Walk).TryGet(out Location start, out error)
            || !FileOpener.Open(caller.Context(), caller.FileSystem, start, bytes, request).TryGet(out FileDescription? description, out error))
        {
            return error;
        }

        return Install(caller, description, request.Has(OpenFlags.O_CLOEXEC));
    }

    /// <summary>Gives a fresh description its descriptor.</summary>
    internal static SyscallResult Install(UserThread caller, FileDescription description, bool closeOnExec)
    {
        Result<int> added = caller.Files.Add(description, closeOnExec, caller.Process.Limits.OpenFiles);
        return added.TryGet(out int descriptor, out Errno error) ? descriptor : error;
    }

    private static WalkOptions ToWalkOptions(ulong resolve)
    {
        ReadOnlySpan<WalkOptions> options = [WalkOptions.NoMountCrossing, WalkOptions.NoMagicLinks, WalkOptions.NoSymbolicLinks | WalkOptions.NoMagicLinks, WalkOptions.Beneath, WalkOptions.InRoot];
        WalkOptions result = WalkOptions.None;
        for (int bit = 0; bit < options.Length; bit++)
        {
            if ((resolve & (1UL << bit)) != 0)
            {
                result |= options[bit];
            }
        }

        return result;
    }

    /// <summary>struct open_how.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct OpenHow(ulong Flags, ulong Mode, ulong Resolve);
}

/// <summary>Flags of close_range(2).</summary>
[Flags]
internal enum CloseRangeFlags : uint
{
    None = 0,
    CLOSE_RANGE_UNSHARE = 2,
    CLOSE_RANGE_CLOEXEC = 4,
}
