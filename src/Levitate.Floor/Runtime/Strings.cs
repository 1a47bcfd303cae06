using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>string.h and the numbers of stdlib.h, in the "C" locale. memcpy, memmove and memset are in Memory.S.</summary>
internal static unsafe class Strings
{
    [RuntimeExport("strlen")]
    internal static nuint Length(byte* text)
    {
        byte* end = text;
        while (*end != 0)
        {
            end++;
        }

        return (nuint)(end - text);
    }

    [RuntimeExport("strcmp")]
    internal static int Compare(byte* left, byte* right)
    {
        while (*left != 0 && *left == *right)
        {
            left++;
            right++;
        }

        return *left - *right;
    }

    [RuntimeExport("strncmp")]
    internal static int CompareAtMost(byte* left, byte* right, nuint length)
    {
        for (; length > 0; length--, left++, right++)
        {
            if (*left != *right || *left == 0)
            {
                return *left - *right;
            }
        }

        return 0;
    }

    [RuntimeExport("strcasecmp")]
    internal static int CompareIgnoringCase(byte* left, byte* right)
    {
        while (*left != 0 && ToLower(*left) == ToLower(*right))
        {
            left++;
            right++;
        }

        return ToLower(*left) - ToLower(*right);
    }

    [RuntimeExport("strcpy")]
    internal static byte* Copy(byte* destination, byte* source)
    {
        byte* next = destination;
        while ((*next++ = *source++) != 0)
        {
        }

        return destination;
    }

    [RuntimeExport("strcat")]
    internal static byte* Append(byte* destination, byte* source)
    {
        Copy(destination + Length(destination), source);
        return destination;
    }

    [RuntimeExport("strrchr")]
    internal static byte* FindLast(byte* text, int character)
    {
        byte* found = null;
        for (; ; text++)
        {
            if (*text == (byte)character)
            {
                found = text;
            }

            if (*text == 0)
            {
                return found;
            }
        }
    }

    [RuntimeExport("memcmp")]
    internal static int CompareMemory(byte* left, byte* right, nuint length)
    {
        for (; length >= 8 && *(ulong*)left == *(ulong*)right; length -= 8)
        {
            left += 8;
            right += 8;
        }

        for (; length > 0; length--, left++, right++)
        {
            if (*left != *right)
            {
                return *left - *right;
            }
        }

        return 0;
    }

    [RuntimeExport("bcmp")]
    internal static int DifferInMemory(byte* left, byte* right, nuint length) => CompareMemory(left, right, length);

    /// <summary>Base 0 takes 0x for 16 and 0 for 8. Saturates at ULONG_MAX.</summary>
    [RuntimeExport("strtoull")]
    internal static ulong ParseUnsigned(byte* text, byte** end, int radix)
    {
        byte* next = text;
        while (*next == ' ' || (*next >= '\t' && *next <= '\r'))
        {
            next++;
        }

        bool negative = *next == '-';
        if (negative || *next == '+')
        {
            next++;
        }

        if ((radix == 0 || radix == 16) && next[0] == '0' && ToLower(next[1]) == 'x' && Digit(next[2]) < 16)
        {
            next += 2;
            radix = 16;
        }
        else if (radix == 0)
        {
            radix = *next == '0' ? 8 : 10;
        }

        ulong value = 0;
        bool overflow = false;
        byte* digits = next;
        for (; Digit(*next) < radix; next++)
        {
            ulong digit = (ulong)Digit(*next);
            overflow |= value > (ulong.MaxValue - digit) / (ulong)radix;
            value = (value * (ulong)radix) + digit;
        }

        if (end != null)
        {
            *end = next == digits ? text : next;
        }

        return overflow ? ulong.MaxValue : negative ? 0 - value : value;
    }

    [RuntimeExport("strtoul")]
    internal static ulong ParseUnsignedLong(byte* text, byte** end, int radix) => ParseUnsigned(text, end, radix);

    private static int Digit(byte character)
    {
        int lower = ToLower(character);
        return lower is >= '0' and <= '9' ? lower - '0' : lower is >= 'a' and <= 'z' ? lower - 'a' + 10 : int.MaxValue;
    }

    private static int ToLower(byte character) => character is >= (byte)'A' and <= (byte)'Z' ? character + 32 : character;
}
