using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>Executing programs.</summary>
internal static class ExecSyscalls
{
    /// <summary>The longest argument or environment string in bytes, with its NUL (Linux: MAX_ARG_STRLEN).</summary>
    private const int MaximumString = 32 * PageSize.Bytes;

    /// <summary>Replaces the program of the process.</summary>
    /// <returns>Not on success; what the loader says; E2BIG, EFAULT, ENOMEM.</returns>
    /// <remarks>Linux: execve(2).</remarks>
    [Syscall(59)]
    internal static SyscallResult Execve(UserThread caller, UserAddress path, UserAddress arguments, UserAddress environment)
    {
        if (!caller.Memory.ReadPath(path).TryGet(out byte[] name, out Errno error))
        {
            return error;
        }

        return Execute(caller, name, arguments, environment);
    }

    /// <summary>Reads the vectors and has the loader do the rest.</summary>
    internal static Errno Execute(UserThread caller, byte[] path, UserAddress arguments, UserAddress environment)
    {
        // Linux: a quarter of the stack's limit, at most three quarters of 8 MiB, at least 128 KiB.
        long room = (long)Math.Clamp(caller.Process.Limits.Stack / 4, MaximumString, 6UL << 20);
        if (!ReadVector(caller, arguments, ref room).TryGet(out List<byte[]> argv, out Errno error)
            || !ReadVector(caller, environment, ref room).TryGet(out List<byte[]> envp, out error))
        {
            return error;
        }

        return ProgramLoader.Execute(caller, path, argv, envp);
    }

    private static Result<List<byte[]>> ReadVector(UserThread caller, UserAddress vector, ref long room)
    {
        var strings = new List<byte[]>();
        if (vector.IsNull)
        {
            return strings;
        }

        while (true)
        {
            if (!caller.Memory.Read<ulong>(vector).TryGet(out ulong pointer, out Errno error))
            {
                return error;
            }

            if (pointer == 0)
            {
                return strings;
            }

            if (caller.MustExit)
            {
                return Errno.EINTR;
            }

            int maximum = (int)Math.Min(MaximumString, room);
            if (!caller.Memory.ReadString(new UserAddress(pointer), maximum, Errno.E2BIG).TryGet(out byte[] text, out error))
            {
                return error;
            }

            room -= text.Length + 1 + sizeof(ulong);
            if (room <= 0)
            {
                return Errno.E2BIG;
            }

            strings.Add(text);
            vector += sizeof(ulong);
        }
    }
}
