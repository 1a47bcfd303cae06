using System;
using System.Runtime.InteropServices;

namespace Levitate.Cli.Host;

/// <summary>
/// The few C functions that .NET has no equal for: descriptors that a child inherits, half-closed socket pairs, plain
/// read and write (FileStream keeps a position of its own, which tears output that shares a file), raw terminals.
/// </summary>
internal static class Libc
{
    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1;
    public const int SHUT_WR = 1;
    public const int SHUT_RDWR = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EPIPE = 32;
    public const int TCSANOW = 0;
    public const int F_SETFD = 2;
    public const int SIGPIPE = 13;
    public const int SIGSTOP = 19;
    public const int FD_CLOEXEC = 1;
    public const short POLLIN = 1;
    public const ulong TIOCGWINSZ = 0x5413;

    /// <summary>Size of glibc's struct termios on x86-64.</summary>
    public const int TermiosSize = 60;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [DllImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static extern int SocketPair(int domain, int type, int protocol, int[] pair);

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    public static extern int MemfdCreate(byte[] name, uint flags);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static extern int Fcntl(int descriptor, int command, int argument);

    [DllImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static extern int Shutdown(int socket, int how);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    public static extern nint Read(int descriptor, ref byte buffer, nint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    public static extern nint Write(int descriptor, in byte buffer, nint count);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    public static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static extern int Poll([In, Out] PollDescriptor[] descriptors, ulong count, int milliseconds);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "isatty", SetLastError = true)]
    public static extern int IsATty(int descriptor);

    [DllImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static extern int TcGetAttr(int descriptor, byte[] termios);

    [DllImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static extern int TcSetAttr(int descriptor, int when, byte[] termios);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    public static extern void CfMakeRaw(byte[] termios);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static extern int Ioctl(int descriptor, ulong request, ushort[] argument);
}
