using System;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>What a tmpfs is mounted with.</summary>
/// <param name="Permissions">Of its root directory.</param>
/// <param name="UserId">Its root directory's owner.</param>
/// <param name="GroupId">Its root directory's group.</param>
/// <param name="Pages">How many pages its files may have; <see cref="PageBudget.Unlimited"/>.</param>
/// <param name="Inodes">How many inodes it may have; <see cref="PageBudget.Unlimited"/>.</param>
/// <remarks>Linux: tmpfs(5).</remarks>
public readonly record struct TmpfsOptions(uint Permissions, uint UserId, uint GroupId, long Pages, long Inodes)
{
    private const uint DefaultPermissions = 0x3ff;

    /// <summary>What it has where nothing is said: half of memory.</summary>
    public static TmpfsOptions Default(IFrameAllocator frames) => new(DefaultPermissions, 0, 0, frames.TotalFrames / 2, frames.TotalFrames / 2);

    /// <summary>These with what a text says, separated by commas; EINVAL.</summary>
    public Result<TmpfsOptions> With(ReadOnlySpan<byte> text, IFrameAllocator frames)
    {
        TmpfsOptions result = this;
        foreach (string option in Encoding.Latin1.GetString(text).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = option.Split('=', 2);
            if (parts.Length != 2 || !result.TrySet(parts[0], parts[1], frames, out result))
            {
                return Errno.EINVAL;
            }
        }

        return result;
    }

    private bool TrySet(string name, string value, IFrameAllocator frames, out TmpfsOptions changed)
    {
        changed = this;
        uint number;
        long amount;
        switch (name)
        {
            case "mode" when TryParseOctal(value, out number):
                changed = this with { Permissions = number & FileMode.S_IALLUGO };
                return true;
            case "uid" when TryParseNumber(value, out number):
                changed = this with { UserId = number };
                return true;
            case "gid" when TryParseNumber(value, out number):
                changed = this with { GroupId = number };
                return true;
            case "size" when value.EndsWith('%') && TryParseNumber(value[..^1], out number):
                changed = this with { Pages = LimitOf(frames.TotalFrames * number / 100) };
                return true;
            case "size" when TryParseAmount(value, out amount):
                changed = this with { Pages = LimitOf(PageCache.PageCount(amount)) };
                return true;
            case "nr_blocks" when TryParseAmount(value, out amount):
                changed = this with { Pages = LimitOf(amount) };
                return true;
            case "nr_inodes" when TryParseAmount(value, out amount):
                changed = this with { Inodes = LimitOf(amount) };
                return true;
            default:
                return false;
        }
    }

    private static long LimitOf(long asked) => asked == 0 ? PageBudget.Unlimited : asked;

    private static bool TryParseNumber(string text, out uint value) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>A number, perhaps with one letter for the power of 1024 (Linux: memparse).</summary>
    private static bool TryParseAmount(string text, out long value)
    {
        const string Powers = "kmgtpe";
        int power = text.Length == 0 ? -1 : Powers.IndexOf(char.ToLowerInvariant(text[^1]), StringComparison.Ordinal);
        int shift = (power + 1) * 10;
        bool isNumber = long.TryParse(power < 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out value);
        bool fits = isNumber && value <= long.MaxValue >> shift;
        value = fits ? value << shift : 0;
        return fits;
    }

    private static bool TryParseOctal(string text, out uint value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || value > FileMode.S_IALLUGO)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return text.Length > 0;
    }
}
