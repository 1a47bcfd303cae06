using System.Threading;

namespace Levitate.Kernel;

/// <summary>What uname(2) tells. Names are bytes, each at most 64.</summary>
public sealed class SystemNames
{
    /// <summary>The longest name in bytes (__NEW_UTS_LEN).</summary>
    public const int MaximumLength = 64;

    private byte[] _hostName = "levitate"u8.ToArray();
    private byte[] _domainName = "(none)"u8.ToArray();

    /// <summary>The kernel's name, as programs expect it.</summary>
    public static byte[] KernelName { get; } = "Linux"u8.ToArray();

    /// <summary>The version of Linux that the ABI is modelled on, and whose kernel this is: glibc refuses to run on an old one.</summary>
    public static byte[] Release { get; } = "6.1.0-levitate"u8.ToArray();

    /// <summary>The build.</summary>
    public static byte[] Version { get; } = "#1 SMP LevitateOS"u8.ToArray();

    /// <summary>The architecture.</summary>
    public static byte[] MachineName { get; } = "x86_64"u8.ToArray();

    /// <summary>sethostname.</summary>
    public byte[] HostName
    {
        get => Volatile.Read(ref _hostName);
        set => Volatile.Write(ref _hostName, value);
    }

    /// <summary>setdomainname.</summary>
    public byte[] DomainName
    {
        get => Volatile.Read(ref _domainName);
        set => Volatile.Write(ref _domainName, value);
    }
}
