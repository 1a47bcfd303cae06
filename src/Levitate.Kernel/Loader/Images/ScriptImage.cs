using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Loader;

/// <summary>The first line of a script: <c>#!INTERPRETER [ARGUMENT]</c>, the argument being all the rest of the line.</summary>
/// <param name="Interpreter">The interpreter's path. May be empty: opening it is then ENOENT, as on Linux.</param>
/// <param name="Argument">The one optional argument, or null.</param>
/// <remarks>Linux: execve(2) "Interpreter scripts", fs/binfmt_script.c.</remarks>
public sealed record ScriptImage(byte[] Interpreter, byte[]? Argument)
{
    /// <summary>How many bytes of a file are looked at (Linux: BINPRM_BUF_SIZE).</summary>
    public const int HeadLength = 256;

    /// <summary>How many scripts may interpret each other; one more is ELOOP.</summary>
    public const int MaximumDepth = 5;

    /// <summary>Whether a file that begins with these bytes is a script.</summary>
    public static bool IsScript(ReadOnlySpan<byte> head) => head.StartsWith("#!"u8);

    /// <summary>Reads the first line.</summary>
    /// <param name="head">The file's first <see cref="HeadLength"/> bytes, padded with zeros where the file is shorter.</param>
    /// <returns>
    /// The line; ENOEXEC where there is no interpreter or the end of its name is not within the head. An argument that is
    /// not ended within the head is cut to 254 bytes of line, as Linux does: the interpreter's name never is.
    /// </returns>
    public static LoadResult<ScriptImage> Parse(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOf((byte)'\n');
        if (end < 0)
        {
            int name = SkipBlanks(head, 2, HeadLength);
            if (name == HeadLength || FindTerminator(head, name, HeadLength) == HeadLength)
            {
                return new LoadRefusal(Errno.ENOEXEC, $"its #! line does not name an interpreter within {HeadLength} bytes");
            }

            end = HeadLength - 1;
        }

        while (end > 2 && IsBlank(head[end - 1]))
        {
            end--;
        }

        int start = SkipBlanks(head, 2, end);
        if (start == end)
        {
            return new LoadRefusal(Errno.ENOEXEC, "its #! line names no interpreter");
        }

        ReadOnlySpan<byte> line = head[start..end];
        int separator = FindTerminator(line, 0, line.Length);
        byte[] interpreter = line[..separator].ToArray();
        if (separator == line.Length || line[separator] == 0)
        {
            return new ScriptImage(interpreter, null);
        }

        ReadOnlySpan<byte> argument = line[SkipBlanks(line, separator, line.Length)..];
        int nul = argument.IndexOf((byte)0);
        return new ScriptImage(interpreter, (nul < 0 ? argument : argument[..nul]).ToArray());
    }

    /// <summary>argv as the last interpreter gets it: each script puts its interpreter, its argument and its own path in the place of argv[0].</summary>
    /// <param name="scripts">The scripts, the one that was asked for first.</param>
    /// <param name="path">The path of that one.</param>
    /// <param name="arguments">argv as given to execve, not empty.</param>
    internal static IReadOnlyList<byte[]> RewriteArguments(IReadOnlyList<ScriptImage> scripts, byte[] path, IReadOnlyList<byte[]> arguments)
    {
        foreach (ScriptImage script in scripts)
        {
            var rewritten = new List<byte[]>(arguments.Count + 2) { script.Interpreter };
            if (script.Argument is not null)
            {
                rewritten.Add(script.Argument);
            }

            rewritten.Add(path);
            for (int i = 1; i < arguments.Count; i++)
            {
                rewritten.Add(arguments[i]);
            }

            arguments = rewritten;
            path = script.Interpreter;
        }

        return arguments;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    private static int SkipBlanks(ReadOnlySpan<byte> bytes, int from, int end)
    {
        while (from < end && IsBlank(bytes[from]))
        {
            from++;
        }

        return from;
    }

    private static int FindTerminator(ReadOnlySpan<byte> bytes, int from, int end)
    {
        while (from < end && !IsBlank(bytes[from]) && bytes[from] != 0)
        {
            from++;
        }

        return from;
    }
}
