using System;
using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>The runtime sees no files: it asks for /proc, /sys and cgroups, and goes on without. What it prints goes to the log.</summary>
internal static unsafe class Files
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    [RuntimeExport("fopen64")]
    internal static void* OpenStream(byte* path, byte* mode)
    {
        CError.Fail(CError.ENOENT);
        return null;
    }

    [RuntimeExport("open64")]
    internal static int Open(byte* path, int flags) => CError.Fail(CError.ENOENT);

    [RuntimeExport("opendir")]
    internal static void* OpenDirectory(byte* path)
    {
        CError.Fail(CError.ENOENT);
        return null;
    }

    [RuntimeExport("statfs64")]
    internal static int GetFileSystemStatus(byte* path, void* status) => CError.Fail(CError.ENOENT);

    [RuntimeExport("read")]
    internal static nint Read(int file, void* buffer, nuint length) => CError.Fail(CError.EBADF);

    [RuntimeExport("close")]
    internal static int Close(int file) => CError.Fail(CError.EBADF);

    [RuntimeExport("write")]
    internal static nint Write(int file, byte* buffer, nuint length)
    {
        if (file is not (StandardOutput or StandardError))
        {
            return CError.Fail(CError.EBADF);
        }

        int count = length > int.MaxValue ? int.MaxValue : (int)length;
        SerialLog.Write(new ReadOnlySpan<byte>(buffer, count));
        return count;
    }

    [RuntimeExport("fputs")]
    internal static int WriteText(byte* text, void* stream) => (int)Write(StandardError, text, Strings.Length(text));

    [RuntimeExport("fwrite")]
    internal static nuint WriteItems(byte* items, nuint size, nuint count, void* stream)
    {
        Write(StandardError, items, size * count);
        return count;
    }

    [RuntimeExport("fflush")]
    internal static int Flush(void* stream) => 0;
}
