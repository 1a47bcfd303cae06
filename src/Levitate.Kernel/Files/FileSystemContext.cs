using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;

namespace Levitate.Kernel.Files;

/// <summary>A file opened for execution: regular, with x permission checked, its pages mappable. Dispose releases it. OWNER: files.</summary>
public interface IExecutableFile : IMappableFile, Loader.IImageReader, IDisposable
{
    /// <summary>The absolute path with symbolic links resolved, for /proc/[pid]/exe.</summary>
    byte[] ResolvedPath { get; }

    /// <summary>The mode's set-user-ID and set-group-ID owner, where those bits are set.</summary>
    (uint? UserId, uint? GroupId) SetIds { get; }
}

/// <summary>Root, working directory and umask of a process. OWNER: files. Signatures are the contract.</summary>
public sealed class FileSystemContext
{
    /// <summary>The file mode creation mask.</summary>
    public uint Umask { get; set; } = 0x12;

    /// <summary>Opens a program or interpreter by path for execve: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES (not regular: EACCES; no x bit: EACCES; a noexec mount), ETXTBSY.</summary>
    public Result<IExecutableFile> OpenExecutable(ReadOnlySpan<byte> path, Processes.Credentials credentials) => throw new NotImplementedException($"{path.Length} {credentials}");

    /// <summary>A copy for fork.</summary>
    public FileSystemContext Clone() => throw new NotImplementedException();
}
