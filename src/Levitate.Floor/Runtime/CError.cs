using System.Runtime;
using System.Runtime.CompilerServices;

namespace Levitate.Floor.Runtime;

/// <summary>The C library's error numbers, and where it puts them.</summary>
internal static unsafe class CError
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EBUSY = 16;
    internal const int ENODEV = 19;
    internal const int EINVAL = 22;
    internal const int ENOSYS = 38;
    internal const int ETIMEDOUT = 110;

    /// <summary>Sets the calling thread's errno.</summary>
    /// <returns>-1, what functions return that set it.</returns>
    internal static int Fail(int error)
    {
        *Location() = error;
        return -1;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "__errno_location")]
    private static extern int* Location();
}
