using System;

namespace Levitate.Kernel.Files;

/// <summary>What may never be done to a file in memory again (fcntl(2)'s F_ADD_SEALS).</summary>
[Flags]
public enum FileSeals
{
    /// <summary>Nothing is forbidden, so that anything can be.</summary>
    None = 0,

    /// <summary>No further seals.</summary>
    F_SEAL_SEAL = 1,

    /// <summary>The file does not become shorter.</summary>
    F_SEAL_SHRINK = 2,

    /// <summary>The file does not become longer.</summary>
    F_SEAL_GROW = 4,

    /// <summary>The content does not change.</summary>
    F_SEAL_WRITE = 8,

    /// <summary>The content changes by the shared mappings that there are already, and by nothing else.</summary>
    F_SEAL_FUTURE_WRITE = 16,

    /// <summary>Whether it can be executed does not change.</summary>
    F_SEAL_EXEC = 32,
}
