using System;

namespace Levitate.Cli;

/// <summary>A failure of the tool itself: a sentence that says what went wrong, and one that says what to do next.</summary>
internal sealed class ToolException(string message, string? advice = null) : Exception(message)
{
    /// <summary>What the user can do about it; null where the message says it.</summary>
    public string? Advice { get; } = advice;
}
