using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Loader;

/// <summary>The system calls that replace a process's program.</summary>
internal static class ExecSyscalls
{
    /// <summary>Replaces the calling process's program.</summary>
    /// <returns>0 into the new program's rax; or see <see cref="ProgramLoader.Execute(UserThread, ReadOnlySpan{byte}, IReadOnlyList{byte[]}, IReadOnlyList{byte[]})"/>, and EFAULT; EAGAIN past RLIMIT_NPROC after a change of user.</returns>
    /// <remarks>Linux: execve(2). Null for <paramref name="arguments"/> or <paramref name="environment"/> is an empty list.</remarks>
    [Syscall(59)]
    internal static SyscallResult Execve(UserThread caller, UserAddress path, UserAddress arguments, UserAddress environment)
    {
        return caller.Memory.ReadPath(path).TryGet(out byte[] name, out Errno error)
            ? Execute(caller, new ProgramOrigin(name), arguments, environment)
            : error;
    }

    /// <summary>Replaces the calling process's program by a file that is found from a descriptor.</summary>
    /// <returns>As execve; EBADF; ENOTDIR; EINVAL for unknown flags; ELOOP for a symbolic link with AT_SYMLINK_NOFOLLOW; ENOENT for a script whose descriptor is close-on-exec.</returns>
    /// <remarks>Linux: execveat(2), since 3.19.</remarks>
    [Syscall(322, Unsupported = "AT_EXECVE_CHECK: EINVAL")]
    internal static SyscallResult Execveat(UserThread caller, int directory, UserAddress path, UserAddress arguments, UserAddress environment, AtFlags flags)
    {
        if ((flags & ~(AtFlags.AT_EMPTY_PATH | AtFlags.AT_SYMLINK_NOFOLLOW)) != 0)
        {
            return Errno.EINVAL;
        }

        return FindOrigin(caller, directory, path, flags).TryGet(out ProgramOrigin origin, out Errno error)
            ? Execute(caller, origin, arguments, environment)
            : error;
    }

    private static Result<ProgramOrigin> FindOrigin(UserThread caller, int directory, UserAddress path, AtFlags flags)
    {
        WalkOptions options = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
        bool allowEmpty = (flags & AtFlags.AT_EMPTY_PATH) != 0;
        if (!caller.Memory.ReadPath(path).TryGet(out byte[] name, out Errno error)
            || !PathArguments.FindAt(caller, directory, path, options, allowEmpty).TryGet(out Location found, out error))
        {
            return error;
        }

        if (directory == PathArguments.AT_FDCWD || name.AsSpan().StartsWith("/"u8))
        {
            return new ProgramOrigin(name, found);
        }

        bool isGone = caller.Files.GetCloseOnExec(directory).TryGet(out bool closeOnExec, out _) && closeOnExec;
        byte[] descriptor = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/dev/fd/{directory}"));
        return new ProgramOrigin(name.Length == 0 ? descriptor : [.. descriptor, (byte)'/', .. name], found, isGone);
    }

    private static Errno Execute(UserThread caller, in ProgramOrigin origin, UserAddress arguments, UserAddress environment)
    {
        Errno error = caller.CheckThreadLimit();
        if (error != Errno.None)
        {
            return error;
        }

        ulong budget = ProgramArguments.Limit(caller.Process.Limits.Stack);
        if (!ReadStrings(caller.Memory, arguments, ref budget).TryGet(out List<byte[]> argv, out error)
            || !ReadStrings(caller.Memory, environment, ref budget).TryGet(out List<byte[]> envp, out error))
        {
            return error;
        }

        return ProgramLoader.Execute(caller, origin, argv, envp, out _);
    }

    /// <summary>Reads a null-terminated array of strings.</summary>
    /// <param name="memory">The caller's memory.</param>
    /// <param name="vector">The array, or null for none.</param>
    /// <param name="budget">How many bytes of pointers and strings may still be read; E2BIG beyond, so that a caller cannot make the kernel hold more.</param>
    private static Result<List<byte[]>> ReadStrings(UserMemory memory, UserAddress vector, ref ulong budget)
    {
        var strings = new List<byte[]>();
        while (!vector.IsNull)
        {
            if (!memory.Read<ulong>(vector).TryGet(out ulong pointer, out Errno error))
            {
                return error;
            }

            if (pointer == 0)
            {
                break;
            }

            if (!memory.ReadString(new UserAddress(pointer), ProgramArguments.MaximumStringLength, Errno.E2BIG).TryGet(out byte[] text, out error))
            {
                return error;
            }

            ulong size = (ulong)text.Length + 1 + sizeof(ulong);
            if (size > budget)
            {
                return Errno.E2BIG;
            }

            budget -= size;
            strings.Add(text);
            vector += sizeof(ulong);
        }

        return strings;
    }
}
