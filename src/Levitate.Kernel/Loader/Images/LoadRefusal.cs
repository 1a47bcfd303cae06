using System;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Loader;

/// <summary>Why a file cannot be run: the errno that execve returns, and a sentence for people.</summary>
/// <param name="Errno">What execve returns.</param>
/// <param name="Sentence">The reason, without a leading capital or a full stop, fit to follow "PATH: ".</param>
public sealed record LoadRefusal(Errno Errno, string Sentence)
{
    /// <summary>What denies a directory's execution; said in one way by whoever looks.</summary>
    public const string DeniesDirectory = "is a directory";

    /// <summary>What denies the execution of a device, a pipe or a socket.</summary>
    public const string DeniesSpecial = "is no regular file";

    /// <summary>What denies the execution of a regular file that nobody made a program.</summary>
    public const string DeniesMode = "lacks the x permission, which chmod +x gives";

    /// <summary>What denies a file when nothing is wrong with itself.</summary>
    public const string DeniesPlace = "lies behind a directory that may not be searched, or on a file system without programs";

    /// <summary>The refusal for a program, script or interpreter that could not be opened.</summary>
    /// <param name="errno">What opening it said.</param>
    /// <param name="role">What the file is to be: "the program", "the interpreter".</param>
    /// <param name="path">Its path.</param>
    /// <param name="denial">For EACCES: what denies it.</param>
    internal static LoadRefusal CannotOpen(Errno errno, string role, ReadOnlySpan<byte> path, string? denial)
    {
        string reason = errno switch
        {
            Errno.ENOENT => "does not exist",
            Errno.EACCES => $"may not be executed: it {denial}",
            Errno.ENOTDIR => "has a component on the way that is no directory",
            Errno.ELOOP => "leads through too many symbolic links",
            Errno.ENAMETOOLONG => "is too long a path",
            Errno.ETXTBSY => "is open for writing",
            Errno.ENOMEM => "cannot be opened for want of memory",
            _ => "cannot be opened",
        };
        return new LoadRefusal(errno, $"{role} {Display(path)} {reason}");
    }

    /// <summary>Bytes (a path is bytes, not text) in printable form: control characters and bytes past ASCII as \ooo.</summary>
    internal static string Display(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            if (value is >= 0x20 and < 0x7f)
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
            }
        }

        return text.Length == 0 ? "''" : text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Errno}: {Sentence}";
}

/// <summary>A value, or the refusal that stands in its place.</summary>
/// <typeparam name="T">What success yields.</typeparam>
public readonly struct LoadResult<T>
{
    private readonly T _value;
    private readonly LoadRefusal? _refusal;

    private LoadResult(T value, LoadRefusal? refusal)
    {
        _value = value;
        _refusal = refusal;
    }

    /// <summary>Takes the value out; false, with the refusal, where there is none.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out LoadRefusal? refusal)
    {
        value = _value;
        refusal = _refusal;
        return refusal is null;
    }

    /// <summary>Wraps a value.</summary>
    public static implicit operator LoadResult<T>(T value) => new(value, null);

    /// <summary>Wraps a refusal.</summary>
    public static implicit operator LoadResult<T>(LoadRefusal refusal) => new(default!, refusal);
}
