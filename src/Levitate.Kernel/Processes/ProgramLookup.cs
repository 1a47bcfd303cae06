using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>Finds the first program as a shell would, and loads it.</summary>
internal static class ProgramLookup
{
    /// <summary>Where to look when the environment has no PATH (as execvp does).</summary>
    private static readonly byte[] s_defaultPath = "/bin:/usr/bin"u8.ToArray();

    /// <summary>Loads the request's program into the calling thread's process; null on success.</summary>
    internal static LoadRefusal? Execute(UserThread thread, BootRequest request)
    {
        byte[] program = request.Program;
        if (program.AsSpan().Contains((byte)'/'))
        {
            return Load(thread, program, request);
        }

        Errno worst = Errno.ENOENT;
        string reason = "not found in PATH";
        foreach (byte[] candidate in Candidates(program, request.Environment))
        {
            Result<IExecutableFile> opened = thread.FileSystem.OpenExecutable(candidate, thread.Credentials, thread);
            if (opened.TryGet(out IExecutableFile file, out Errno error))
            {
                file.Dispose();
                return Load(thread, candidate, request);
            }

            if (error is not (Errno.ENOENT or Errno.ENOTDIR))
            {
                worst = error;
                string denial = error == Errno.EACCES ? thread.FileSystem.DescribeDenial(candidate, thread.Credentials, thread) : "cannot be opened";
                reason = $"found in PATH as {LoadRefusal.Display(candidate)}, which {denial}";
            }
        }

        return new LoadRefusal(worst, $"{LoadRefusal.Display(program)}: {reason}");
    }

    private static LoadRefusal? Load(UserThread thread, byte[] path, BootRequest request)
    {
        ProgramLoader.Execute(thread, path, request.Arguments, request.Environment, out LoadRefusal? refusal);
        return refusal;
    }

    private static IEnumerable<byte[]> Candidates(byte[] name, IReadOnlyList<byte[]> environment)
    {
        byte[] path = s_defaultPath;
        foreach (byte[] variable in environment)
        {
            if (variable.AsSpan().StartsWith("PATH="u8))
            {
                path = variable[5..];
                break;
            }
        }

        int start = 0;
        while (start <= path.Length)
        {
            int length = path.AsSpan(start).IndexOf((byte)':');
            byte[] directory = length < 0 ? path[start..] : path[start..(start + length)];
            yield return directory.Length == 0 ? [.. "./"u8, .. name] : [.. directory, (byte)'/', .. name];
            start += directory.Length + 1;
        }
    }
}
