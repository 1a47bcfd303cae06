namespace Levitate.Kernel.Logging;

/// <summary>How urgent a line of the log is; a lower number is more.</summary>
/// <remarks>Linux: syslog(2), the log level.</remarks>
internal enum LogLevel
{
    /// <summary>A bug of the kernel's own.</summary>
    Critical = 2,

    /// <summary>Something could not be done.</summary>
    Error = 3,

    /// <summary>Something was not done as it was asked for.</summary>
    Warning = 4,

    /// <summary>What a line is usually.</summary>
    Information = 6,

    /// <summary>What the host does not see.</summary>
    Debugging = 7,
}
