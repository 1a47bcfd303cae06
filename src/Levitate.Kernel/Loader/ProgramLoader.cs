using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Loader;

/// <summary>execve's heart: one loader for the first process and for every execve. OWNER: loader. Signatures are the contract.</summary>
public static class ProgramLoader
{
    /// <inheritdoc cref="Execute(UserThread, ReadOnlySpan{byte}, IReadOnlyList{byte[]}, IReadOnlyList{byte[]}, out LoadRefusal?)"/>
    public static Errno Execute(UserThread caller, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment) =>
        Execute(caller, path, arguments, environment, out _);

    /// <summary>
    /// Replaces the calling process's program. On failure the errno is returned and nothing of the old image was touched.
    /// On success memory, registers, vector state, names, auxv, close-on-exec files and caught signals are the new
    /// program's, and the thread's next <c>Context.Run</c> enters it.
    /// </summary>
    /// <param name="caller">The thread; the only one of its process by the time the point of no return is passed (the callee asks <c>Process</c> for that).</param>
    /// <param name="path">The file.</param>
    /// <param name="arguments">argv, each without NUL. An empty list becomes one empty string, as Linux does.</param>
    /// <param name="environment">envp.</param>
    /// <param name="refusal">After a failure, the errno again and a sentence that says why, for the one who reports to the host.</param>
    public static Errno Execute(UserThread caller, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment, out LoadRefusal? refusal) => throw new NotImplementedException($"{caller} {path.Length} {arguments} {environment}");
}
