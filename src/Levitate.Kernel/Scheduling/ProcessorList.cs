using System.Globalization;
using System.Numerics;
using System.Text;

namespace Levitate.Kernel.Scheduling;

/// <summary>Sets of processors as text.</summary>
internal static class ProcessorList
{
    /// <summary>The numbers of the bits that are set, with runs of them as ranges: "0-2,5".</summary>
    /// <remarks>Linux: cpuset(7), "List format".</remarks>
    public static string Of(ulong set)
    {
        var text = new StringBuilder();
        for (ulong left = set; left != 0;)
        {
            int first = BitOperations.TrailingZeroCount(left);
            int length = BitOperations.TrailingZeroCount(~(left >> first));
            text.Append(text.Length > 0 ? "," : string.Empty).Append(CultureInfo.InvariantCulture, $"{first}");
            if (length > 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{first + length - 1}");
            }

            left = first + length < 64 ? left & (ulong.MaxValue << (first + length)) : 0;
        }

        return text.ToString();
    }
}
