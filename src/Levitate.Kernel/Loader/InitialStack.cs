using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Loader;

/// <summary>The arguments of execve, in the form in which the new program gets them.</summary>
/// <param name="FileName">The path given to execve (AT_EXECFN), also where that is a script.</param>
/// <param name="Arguments">argv, never empty.</param>
/// <param name="Environment">envp.</param>
internal readonly record struct ProgramArguments(byte[] FileName, IReadOnlyList<byte[]> Arguments, IReadOnlyList<byte[]> Environment)
{
    /// <summary>The longest argument or environment string, NUL included (Linux: MAX_ARG_STRLEN).</summary>
    public const int MaximumStringLength = 131072;

    /// <summary>What may always be passed, however small the stack (Linux: ARG_MAX).</summary>
    private const ulong MinimumLimit = 131072;

    /// <summary>What may never be passed: three quarters of the default stack of 8 MiB.</summary>
    private const ulong MaximumLimit = 6 << 20;

    /// <summary>Bytes of all strings with their NULs.</summary>
    public int StringLength => FileName.Length + 1 + Measure(Arguments) + Measure(Environment);

    /// <summary>How many bytes of strings and of pointers to them may be passed.</summary>
    /// <param name="stackLimit">RLIMIT_STACK in bytes.</param>
    /// <remarks>Linux: execve(2) "Limits on size of arguments and environment".</remarks>
    public static ulong Limit(ulong stackLimit) => Math.Max(Math.Min(MaximumLimit, stackLimit / 4), MinimumLimit);

    /// <summary>Whether it all fits; E2BIG where it does not.</summary>
    /// <param name="stackLimit">RLIMIT_STACK in bytes.</param>
    public LoadRefusal? CheckSize(ulong stackLimit)
    {
        ulong limit = Limit(stackLimit);
        ulong total = (ulong)(Math.Max(Arguments.Count, 1) + (long)Environment.Count) * sizeof(ulong);
        if (total >= limit || !TryAdd(FileName, limit, ref total))
        {
            return TooBig(limit);
        }

        foreach (byte[] text in Environment)
        {
            if (!TryAdd(text, limit, ref total))
            {
                return TooBig(limit);
            }
        }

        foreach (byte[] text in Arguments)
        {
            if (!TryAdd(text, limit, ref total))
            {
                return TooBig(limit);
            }
        }

        return null;
    }

    private static LoadRefusal TooBig(ulong limit) => new(
        Errno.E2BIG,
        $"its arguments and environment are too long: {MaximumStringLength} bytes each and {limit} bytes in all, pointers included, are allowed");

    private static bool TryAdd(byte[] text, ulong limit, ref ulong total)
    {
        total += (ulong)text.Length + 1;
        return text.Length < MaximumStringLength && total <= limit;
    }

    private static int Measure(IReadOnlyList<byte[]> strings)
    {
        int length = 0;
        foreach (byte[] text in strings)
        {
            length += text.Length + 1;
        }

        return length;
    }
}

/// <summary>
/// The top of a new program's stack, as bytes. From the stack pointer upwards: argc, the argv pointers and a null, the
/// envp pointers and a null, the auxiliary vector, padding; 16 random bytes, "x86_64"; the strings of argv, of envp, and
/// the path given to execve; eight bytes of zeros.
/// </summary>
/// <remarks>Linux: fs/exec.c and fs/binfmt_elf.c; System V ABI for x86-64, 3.4.1.</remarks>
internal sealed class InitialStack
{
    private const int RandomLength = 16;

    private InitialStack(byte[] content, byte[] auxiliaryVector, UserAddress arguments, UserAddress environment, UserAddress environmentEnd)
    {
        Content = content;
        AuxiliaryVector = auxiliaryVector;
        ArgumentArea = (arguments, environment);
        EnvironmentArea = (environment, environmentEnd);
    }

    /// <summary>The bytes from <see cref="Pointer"/> up to <see cref="UserLayout.StackTop"/>.</summary>
    public byte[] Content { get; }

    /// <summary>The stack pointer that the program starts with, a multiple of 16.</summary>
    public UserAddress Pointer => new(UserLayout.StackTop - (ulong)Content.Length);

    /// <summary>The auxiliary vector with AT_NULL.</summary>
    public byte[] AuxiliaryVector { get; }

    /// <summary>The strings of argv: first byte, first byte past.</summary>
    public (UserAddress Start, UserAddress End) ArgumentArea { get; }

    /// <summary>The strings of envp: first byte, first byte past.</summary>
    public (UserAddress Start, UserAddress End) EnvironmentArea { get; }

    /// <summary>Lays a stack out.</summary>
    /// <param name="plan">Where the program goes.</param>
    /// <param name="arguments">What <see cref="ProgramArguments.CheckSize"/> has passed.</param>
    /// <param name="auxiliary">What else the auxiliary vector holds.</param>
    /// <param name="random">16 good random bytes.</param>
    public static InitialStack Build(LoadPlan plan, in ProgramArguments arguments, in AuxiliaryEnvironment auxiliary, ReadOnlySpan<byte> random)
    {
        ReadOnlySpan<byte> platform = "x86_64\0"u8;
        ulong strings = UserLayout.StackTop - sizeof(ulong) - (ulong)arguments.StringLength;
        ulong platformAddress = (strings & ~15UL) - (ulong)platform.Length;
        ulong randomAddress = platformAddress - RandomLength;
        ulong fileName = UserLayout.StackTop - sizeof(ulong) - (ulong)arguments.FileName.Length - 1;
        var addresses = new AuxiliaryStrings(new(randomAddress), new(platformAddress), new(fileName));
        byte[] vector = Loader.AuxiliaryVector.Serialize(Loader.AuxiliaryVector.Build(plan, auxiliary, addresses));

        int words = 1 + arguments.Arguments.Count + 1 + arguments.Environment.Count + 1;
        ulong pointer = (randomAddress - (ulong)vector.Length - (ulong)words * sizeof(ulong)) & ~15UL;

        byte[] content = new byte[UserLayout.StackTop - pointer];
        platform.CopyTo(content.AsSpan((int)(platformAddress - pointer)));
        random[..RandomLength].CopyTo(content.AsSpan((int)(randomAddress - pointer)));

        var writer = new Writer(content, pointer, strings);
        writer.PutWord((ulong)arguments.Arguments.Count);
        writer.PutStrings(arguments.Arguments);
        ulong environment = writer.StringAddress;
        writer.PutStrings(arguments.Environment);
        ulong environmentEnd = writer.StringAddress;
        writer.PutString(arguments.FileName);
        writer.PutBytes(vector);
        return new InitialStack(content, vector, new(strings), new(environment), new(environmentEnd));
    }

    /// <summary>Writes pointers upwards from the stack pointer and the strings they point to upwards from the first string's place.</summary>
    private ref struct Writer(byte[] content, ulong pointer, ulong strings)
    {
        private int _word;
        private int _string = (int)(strings - pointer);

        public readonly ulong StringAddress => pointer + (ulong)_string;

        public void PutWord(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(_word), value);
            _word += sizeof(ulong);
        }

        public void PutBytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(content.AsSpan(_word));
            _word += bytes.Length;
        }

        public void PutString(byte[] text)
        {
            text.CopyTo(content.AsSpan(_string));
            _string += text.Length + 1;
        }

        public void PutStrings(IReadOnlyList<byte[]> texts)
        {
            foreach (byte[] text in texts)
            {
                PutWord(StringAddress);
                PutString(text);
            }

            PutWord(0);
        }
    }
}
