using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>What an overlay is mounted with. Paths are as they were given, their escapes undone.</summary>
/// <remarks>Linux: Documentation/filesystems/overlayfs.rst. A backslash takes the meaning from a comma, a colon and itself.</remarks>
internal sealed class OverlayOptions
{
    /// <summary>The largest number of lower directories (Linux: OVL_MAX_STACK).</summary>
    private const int MaximumLowers = 500;

    private OverlayOptions()
    {
    }

    /// <summary>The lower directories, the topmost first.</summary>
    public List<byte[]> Lowers { get; } = [];

    /// <summary>The upper directory; null: there is none.</summary>
    public byte[]? Upper { get; private set; }

    /// <summary>The directory for what is being made.</summary>
    public byte[]? Work { get; private set; }

    /// <summary>userxattr: its own extended attributes are of "user.", which need no privilege.</summary>
    public bool UsesUserAttributes { get; private set; }

    /// <summary>The layers' options as they were given, for /proc/mounts.</summary>
    public List<byte[]> Given { get; } = [];

    /// <summary>Reads options, separated by commas; EINVAL for what is not known, and features that are not there.</summary>
    public static Result<OverlayOptions> Parse(ReadOnlySpan<byte> data)
    {
        var options = new OverlayOptions();
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> option = TakeUntil(ref data, (byte)',');
            if (!option.IsEmpty && !options.TrySet(option))
            {
                return Errno.EINVAL;
            }
        }

        return options;
    }

    private bool TrySet(ReadOnlySpan<byte> option)
    {
        int equals = option.IndexOf((byte)'=');
        ReadOnlySpan<byte> name = equals < 0 ? option : option[..equals], value = equals < 0 ? default : option[(equals + 1)..];
        if (name.SequenceEqual("lowerdir"u8))
        {
            return Keep(option) && TrySetLowers(value);
        }

        if (name.SequenceEqual("upperdir"u8))
        {
            Upper = Unescape(value);
            return Keep(option) && Upper.Length > 0;
        }

        if (name.SequenceEqual("workdir"u8))
        {
            Work = Unescape(value);
            return Keep(option) && Work.Length > 0;
        }

        if (option.SequenceEqual("userxattr"u8))
        {
            UsesUserAttributes = true;
            return true;
        }

        // What is in memory need not be stored; the others say what is so anyway.
        return option.SequenceEqual("volatile"u8)
            || option.SequenceEqual("redirect_dir=off"u8) || option.SequenceEqual("redirect_dir=nofollow"u8)
            || option.SequenceEqual("index=off"u8) || option.SequenceEqual("nfs_export=off"u8) || option.SequenceEqual("metacopy=off"u8)
            || option.SequenceEqual("xino=on"u8) || option.SequenceEqual("xino=auto"u8);
    }

    private bool Keep(ReadOnlySpan<byte> option)
    {
        Given.Add(option.ToArray());
        return true;
    }

    /// <summary>Empty ones are refused: two colons would begin layers of content only.</summary>
    private bool TrySetLowers(ReadOnlySpan<byte> value)
    {
        Lowers.Clear();
        bool endsInColon = false;
        while (!value.IsEmpty)
        {
            int length = value.Length;
            ReadOnlySpan<byte> lower = TakeUntil(ref value, (byte)':');
            endsInColon = value.IsEmpty && lower.Length < length;
            if (lower.IsEmpty || Lowers.Count == MaximumLowers)
            {
                return false;
            }

            Lowers.Add(Unescape(lower));
        }

        return Lowers.Count > 0 && !endsInColon;
    }

    /// <summary>Takes off what comes before a separator that no backslash stands before, and the separator.</summary>
    private static ReadOnlySpan<byte> TakeUntil(ref ReadOnlySpan<byte> text, byte separator)
    {
        int at = 0;
        while (at < text.Length && text[at] != separator)
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 2 : 1;
        }

        ReadOnlySpan<byte> taken = text[..at];
        text = text[Math.Min(at + 1, text.Length)..];
        return taken;
    }

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            bytes.Add(text[at]);
        }

        return [.. bytes];
    }
}
