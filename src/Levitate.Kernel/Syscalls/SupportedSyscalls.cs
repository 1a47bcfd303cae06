namespace Levitate.Kernel.Syscalls;

/// <summary>What the kernel supports, for documents.</summary>
public static class SupportedSyscalls
{
    /// <summary>The content of docs/syscalls.md.</summary>
    public static string RenderMarkdown() => SyscallTable.RenderMarkdown();
}
