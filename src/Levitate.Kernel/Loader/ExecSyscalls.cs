using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Loader;

/// <summary>The system calls that replace a process's program.</summary>
internal static class ExecSyscalls
{
    /// <summary>Replaces the calling process's program.</summary>
    /// <returns>0 into the new program's rax; or see <see cref="ProgramLoader.Execute(UserThread, System.ReadOnlySpan{byte}, IReadOnlyList{byte[]}, IReadOnlyList{byte[]})"/>, and EFAULT.</returns>
    /// <remarks>Linux: execve(2). Null for <paramref name="arguments"/> or <paramref name="environment"/> is an empty list.</remarks>
    [Syscall(59)]
    internal static SyscallResult Execve(UserThread caller, UserAddress path, UserAddress arguments, UserAddress environment)
    {
        ulong budget = ProgramArguments.Limit(caller.Process.Limits.Stack);
        if (!caller.Memory.ReadPath(path).TryGet(out byte[] file, out Errno error)
            || !ReadStrings(caller.Memory, arguments, ref budget).TryGet(out List<byte[]> argv, out error)
            || !ReadStrings(caller.Memory, environment, ref budget).TryGet(out List<byte[]> envp, out error))
        {
            return error;
        }

        return ProgramLoader.Execute(caller, file, argv, envp);
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
