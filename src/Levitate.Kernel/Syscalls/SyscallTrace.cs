using System;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Syscalls;

/// <summary>The trace: a line a call on the kernel's log, in strace's manner, decoded by the handlers' own declarations.</summary>
internal static class SyscallTrace
{
    private const int MaximumString = 64;
    private const int AT_FDCWD = -100;

    /// <summary>The calls that do not return, or not to their caller: their line is written before them.</summary>
    private static ReadOnlySpan<uint> CallsWithoutReturn => [15, 60, 231];

    /// <summary>Dispatches a call and logs it.</summary>
    internal static SyscallResult Dispatch(UserThread caller, ref UserRegisters registers, uint number)
    {
        SyscallInfo? info = SyscallTable.Find(number);
        string call = $"[{caller.ThreadId}] {Describe(caller, info, registers, number)}";
        if (CallsWithoutReturn.Contains(number))
        {
            caller.Kernel.Log.WriteLine(call + " = ?");
            return SyscallTable.Dispatch(caller, ref registers, number);
        }

        SyscallResult result = SyscallTable.Dispatch(caller, ref registers, number);
        caller.Kernel.Log.WriteLine($"{call} = {DescribeResult(info, result)}");
        return result;
    }

    /// <summary>A result with the error's name and sentence.</summary>
    internal static string DescribeResult(SyscallInfo? info, SyscallResult result)
    {
        if (!result.IsError)
        {
            return info is { ReturnsAddress: true } ? $"0x{result.Value:x}" : result.Value.ToString(CultureInfo.InvariantCulture);
        }

        string name = ErrorText.NameOf(result.Error);
        return result.Error >= Errno.ERESTARTSYS ? $"? {name} ({ErrorText.SentenceOf(result.Error)})" : $"-1 {name} ({ErrorText.SentenceOf(result.Error)})";
    }

    /// <summary>A call with its arguments; strings are read from the caller's memory.</summary>
    internal static string Describe(UserThread caller, SyscallInfo? info, in UserRegisters registers, uint number)
    {
        ReadOnlySpan<ulong> values = [registers.Rdi, registers.Rsi, registers.Rdx, registers.R10, registers.R8, registers.R9];
        var text = new StringBuilder();
        if (info is null)
        {
            text.Append(CultureInfo.InvariantCulture, $"syscall_{number}(");
            foreach (ulong value in values)
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{value:x}, ");
            }

            text.Length -= 2;
            return text.Append(')').ToString();
        }

        text.Append(info.Name).Append('(');
        for (int i = 0; i < info.Parameters.Length; i++)
        {
            if (i > 0)
            {
                text.Append(", ");
            }

            AppendArgument(text, caller, info.Parameters[i], values[i]);
        }

        return text.Append(')').ToString();
    }

    private static void AppendArgument(StringBuilder text, UserThread caller, SyscallParameter parameter, ulong value)
    {
        switch (parameter.Kind)
        {
            case SyscallParameterKind.Int32 when (int)value == AT_FDCWD && parameter.Name.Contains("directory", StringComparison.OrdinalIgnoreCase):
                text.Append("AT_FDCWD");
                break;
            case SyscallParameterKind.Int32:
                text.Append((int)value);
                break;
            case SyscallParameterKind.UInt32:
                text.Append((uint)value);
                break;
            case SyscallParameterKind.Int64:
                text.Append((long)value);
                break;
            case SyscallParameterKind.UInt64:
                text.Append(value);
                break;
            case SyscallParameterKind.Address when value == 0:
                text.Append("NULL");
                break;
            case SyscallParameterKind.Address when IsString(parameter.Name):
                AppendString(text, caller, new UserAddress(value));
                break;
            case SyscallParameterKind.Address:
                text.Append(CultureInfo.InvariantCulture, $"0x{value:x}");
                break;
            case SyscallParameterKind.Enumeration:
                AppendConstant(text, parameter.Names!, value);
                break;
        }
    }

    private static bool IsString(string name) =>
        name.EndsWith("path", StringComparison.OrdinalIgnoreCase) || name.EndsWith("name", StringComparison.OrdinalIgnoreCase);

    private static void AppendString(StringBuilder text, UserThread caller, UserAddress address)
    {
        Span<byte> bytes = stackalloc byte[MaximumString];
        int count = caller.Memory.ReadPartial(address, bytes);
        int end = bytes[..count].IndexOf((byte)0);
        if (count == 0 || (end < 0 && count < MaximumString))
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{address.Value:x}");
            return;
        }

        text.Append('"');
        foreach (byte value in bytes[..(end < 0 ? count : end)])
        {
            AppendCharacter(text, value);
        }

        text.Append(end < 0 ? "\"..." : "\"");
    }

    private static void AppendCharacter(StringBuilder text, byte value)
    {
        switch (value)
        {
            case (byte)'"' or (byte)'\\':
                text.Append('\\').Append((char)value);
                break;
            case (byte)'\n':
                text.Append("\\n");
                break;
            case (byte)'\t':
                text.Append("\\t");
                break;
            case >= 0x20 and < 0x7f:
                text.Append((char)value);
                break;
            default:
                text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
                break;
        }
    }

    private static void AppendConstant(StringBuilder text, EnumerationNames names, ulong register)
    {
        ulong value = names.Is32Bit ? (uint)register : register;
        ulong rest = value;
        int start = text.Length;
        foreach ((string name, ulong bits) in names.Members)
        {
            if (bits == value && (bits != 0 || name != "None"))
            {
                text.Length = start;
                text.Append(name);
                return;
            }
        }

        if (names.IsFlags)
        {
            rest = AppendField(text, start, names, value);
            foreach ((string name, ulong bits) in names.Members)
            {
                if (bits != 0 && (rest & bits) == bits && !IsPartOfAnother(names, bits, rest))
                {
                    text.Append(text.Length > start ? "|" : "").Append(name);
                    rest &= ~bits;
                }
            }
        }

        if (rest != 0 || text.Length == start)
        {
            text.Append(text.Length > start ? "|" : "");
            text.Append(CultureInfo.InvariantCulture, $"{(rest < 10 ? "" : "0x")}{rest:x}");
        }
    }

    /// <summary>open's access mode is a number in the two lowest bits of its flags: one of the names, even for zero.</summary>
    private static ulong AppendField(StringBuilder text, int start, EnumerationNames names, ulong value)
    {
        foreach ((string mask, ulong bits) in names.Members)
        {
            if (!mask.EndsWith("ACCMODE", StringComparison.Ordinal))
            {
                continue;
            }

            foreach ((string name, ulong mode) in names.Members)
            {
                if (mode == (value & bits))
                {
                    text.Append(text.Length > start ? "|" : "").Append(name);
                    return value & ~bits;
                }
            }
        }

        return value;
    }

    /// <summary>Whether a name with more bits (O_SYNC over O_DSYNC) tells it all.</summary>
    private static bool IsPartOfAnother(EnumerationNames names, ulong bits, ulong value)
    {
        foreach ((_, ulong other) in names.Members)
        {
            if (other != bits && (other & bits) == bits && (value & other) == other)
            {
                return true;
            }
        }

        return false;
    }
}
