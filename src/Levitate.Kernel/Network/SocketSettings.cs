using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Network;

/// <summary>A socket's options. Each is a word of its own that is read and written whole.</summary>
internal sealed class SocketSettings
{
    /// <summary>Bytes that a socket sends ahead unless told otherwise (net.core.wmem_default).</summary>
    public const int DefaultBufferSize = 212_992;

    private long _receiveTimeout;
    private long _sendTimeout;

    /// <summary>SO_SNDBUF: bytes that may be sent and not yet received.</summary>
    public int SendBufferSize { get; set; } = DefaultBufferSize;

    /// <summary>SO_RCVBUF, which AF_UNIX keeps and does not use.</summary>
    public int ReceiveBufferSize { get; set; } = DefaultBufferSize;

    /// <summary>SO_PASSCRED: whether to tell who sent a message.</summary>
    public bool PassesCredentials { get; set; }

    /// <summary>SO_RCVLOWAT.</summary>
    public int ReceiveLowMark { get; set; } = 1;

    /// <summary>Options that are on or off and mean nothing to AF_UNIX, by number.</summary>
    public uint Switches { get; set; }

    /// <summary>SO_LINGER.</summary>
    public (int IsOn, int Seconds) Linger { get; set; }

    /// <summary>SO_RCVTIMEO in nanoseconds; 0: none.</summary>
    public long ReceiveTimeout
    {
        get => Volatile.Read(ref _receiveTimeout);
        set => Volatile.Write(ref _receiveTimeout, value);
    }

    /// <summary>SO_SNDTIMEO in nanoseconds; 0: none.</summary>
    public long SendTimeout
    {
        get => Volatile.Read(ref _sendTimeout);
        set => Volatile.Write(ref _sendTimeout, value);
    }

    /// <summary>When a wait that begins now is over.</summary>
    public static long Deadline(long timeout, IClock clock)
    {
        long now = clock.MonotonicNanoseconds;
        return timeout == 0 || timeout >= ThreadParker.NoDeadline - now ? ThreadParker.NoDeadline : now + timeout;
    }
}
