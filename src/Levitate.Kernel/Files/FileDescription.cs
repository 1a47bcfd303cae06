using System;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Files;

/// <summary>An open file description: flags, position and the object behind, counted. OWNER: files.</summary>
public abstract class FileDescription
{
    /// <summary>Adds a reference.</summary>
    public void Acquire() => throw new NotImplementedException();

    /// <summary>Drops a reference; the last one closes.</summary>
    public void Release() => throw new NotImplementedException();
}
