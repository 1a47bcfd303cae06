using System;
using System.Buffers.Binary;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Breaks ELF files at random, for the fuzzers.</summary>
internal static class ElfMutator
{
    /// <summary>Values that have broken ELF loaders before: edges of pages, of signs, of address spaces.</summary>
    private static readonly ulong[] s_values =
    [
        0, 1, 2, 3, 0xff, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
        UserLayout.KernelWindowStart, UserLayout.KernelWindowEnd, UserLayout.KernelWindowEnd - 1, UserLayout.InterpreterBase, UserLayout.End,
        UserLayout.End - 1, UserLayout.StackTop - 0x10000, 1UL << 47, 0xffff_8000_0000_0000, 0xffff_ffff_8000_0000,
        long.MaxValue, 1UL << 63, ulong.MaxValue - 0xfff, ulong.MaxValue,
    ];

    /// <summary>Changes one to four things of the headers, and now and then cuts the file.</summary>
    public static byte[] Mutate(Random random, byte[] original)
    {
        byte[] bytes = (byte[])original.Clone();
        int headers = ElfHeader.Size + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(56)) * ElfProgramHeader.Size;
        for (int count = 1 + random.Next(4); count > 0; count--)
        {
            int offset = random.Next(headers - 8);
            switch (random.Next(6))
            {
                case 0:
                    bytes[offset] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[offset] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset & ~1), (ushort)s_values[random.Next(s_values.Length)]);
                    break;
                case 3:
                    ulong old = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset & ~7));
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset & ~7), unchecked(old + (ulong)random.Next(-0x2000, 0x2000)));
                    break;
                default:
                    // An aligned 64-bit field of a program header: what p_offset, p_vaddr, p_filesz, p_memsz and p_align are.
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset & ~7), s_values[random.Next(s_values.Length)]);
                    break;
            }
        }

        return random.Next(16) == 0 ? bytes.AsSpan(0, random.Next(bytes.Length)).ToArray() : bytes;
    }
}
