using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Syscalls;

/// <summary>The system calls: the generated part dispatches to the methods with <see cref="SyscallAttribute"/>.</summary>
internal static partial class SyscallTable
{
    /// <summary>The answer to a number that no handler has.</summary>
    private static SyscallResult Unknown(UserThread caller, uint number)
    {
        caller.Kernel.ReportUnknownSyscall(caller, number);
        return Errno.ENOSYS;
    }

    /// <summary>docs/syscalls.md: every supported call, and what of it is refused.</summary>
    internal static string RenderMarkdown()
    {
        var text = new StringBuilder();
        text.Append("# System calls\n\n");
        text.Append("Made from the `[Syscall]` methods of Levitate.Kernel; a host test compares it, and rewrites it when LEVITATE_UPDATE_DOCS is set. ");
        text.Append("A call that is not listed answers ENOSYS; nothing pretends to have succeeded.\n\n");
        text.Append("| Number | Call | Arguments | What it does | Not supported |\n| ---: | --- | --- | --- | --- |\n");
        int count = 0;
        foreach ((int number, string name, string arguments, string summary, string? unsupported) in Rows())
        {
            text.Append("| ").Append(number).Append(" | ").Append(name).Append(" | ").Append(arguments).Append(" | ");
            text.Append(Escape(summary)).Append(" | ").Append(Escape(unsupported ?? string.Empty)).Append(" |\n");
            count++;
        }

        return text.Append('\n').Append(count).Append(" calls.\n").ToString();
    }

    private static string Escape(string cell) => cell.Replace("|", "\\|", System.StringComparison.Ordinal);
}
