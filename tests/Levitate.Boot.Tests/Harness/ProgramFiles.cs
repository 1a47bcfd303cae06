using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace Levitate.Boot.Tests.Harness;

/// <summary>Bytes of the guest's programs, as they are and spoilt.</summary>
internal static class ProgramFiles
{
    private const string MuslInterpreter = "/lib/ld-musl-x86_64.so.1";

    /// <summary>Offset of e_entry in an ELF64 header.</summary>
    public const int EntryOffset = 24;

    /// <summary>Offset of the first program header in what binutils links, and the size of one.</summary>
    public const int FirstProgramHeader = 64, ProgramHeaderSize = 56;

    /// <summary>A program of the default image.</summary>
    public static byte[] Read(string name)
    {
        Repository.EnsureBuilt();
        return File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts", "guest", "root", "bin", name));
    }

    /// <summary>The entry point that an ELF header names.</summary>
    public static ulong EntryOf(byte[] file) => BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(EntryOffset));

    /// <summary>hello_dynamic with another interpreter: a path no longer than musl's.</summary>
    public static byte[] WithInterpreter(string path)
    {
        byte[] file = Read("hello_dynamic");
        int at = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(MuslInterpreter));
        Span<byte> place = file.AsSpan(at, MuslInterpreter.Length);
        if (path.Length > place.Length)
        {
            throw new ArgumentException("longer than musl's", nameof(path));
        }

        place.Clear();
        Encoding.ASCII.GetBytes(path, place);
        return file;
    }

    /// <summary>A program with a 16-, 32- or 64-bit number replaced, by the number's type.</summary>
    public static byte[] Patch<T>(string name, int offset, T value) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        byte[] file = Read(name);
        value.WriteLittleEndian(file.AsSpan(offset));
        return file;
    }
}
