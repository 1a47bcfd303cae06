using System;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Files;

/// <summary>A process's file descriptors. OWNER: files. Signatures are the contract.</summary>
public sealed class FileTable
{
    /// <summary>The description behind a descriptor, with a reference added for the caller (Release when done); EBADF.</summary>
    public Result<FileDescription> Get(int descriptor) => throw new NotImplementedException();

    /// <summary>A copy for fork: same descriptions, own table.</summary>
    public FileTable Clone() => throw new NotImplementedException();

    /// <summary>Closes what execve must not pass on.</summary>
    public void CloseOnExec() => throw new NotImplementedException();

    /// <summary>Adds a sharer (CLONE_FILES).</summary>
    public void AddReference() => throw new NotImplementedException();

    /// <summary>Drops a sharer; the last one closes everything.</summary>
    public void Release() => throw new NotImplementedException();
}
