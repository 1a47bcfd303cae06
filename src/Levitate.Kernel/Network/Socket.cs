using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network;

/// <summary>What is sent beside the bytes, or came with them.</summary>
internal struct Ancillary
{
    /// <summary>Open files, with a reference each that belongs to whoever holds this; null: none.</summary>
    public FileDescription[]? Files;

    /// <summary>Who sends; null where the sender said nothing.</summary>
    public PeerCredentials? Credentials;

    /// <summary>The sender's name; null: it has none.</summary>
    public byte[]? Address;

    /// <summary>The length in bytes of a message that came whole, received or not.</summary>
    public int Length;

    /// <summary>What there is to say of a message that came: MSG_TRUNC, MSG_EOR.</summary>
    public MessageFlags Flags;

    /// <summary>Lets go of the files.</summary>
    public void Release()
    {
        if (Files is not null)
        {
            foreach (FileDescription file in Files)
            {
                file.Release();
            }

            Files = null;
        }
    }
}

/// <summary>A socket of some address family, apart from its open description. Addresses are as in user memory, lengths checked.</summary>
internal abstract class Socket(SocketType type)
{
    /// <summary>The type.</summary>
    public SocketType Type => type;

    /// <summary>The address family.</summary>
    public abstract AddressFamily Family { get; }

    /// <summary>Options that are merely kept, and time-outs.</summary>
    public SocketSettings Settings { get; } = new();

    /// <summary>Whether it listens.</summary>
    public abstract bool IsListening { get; }

    /// <summary>What poll says.</summary>
    public abstract PollEvents Readiness { get; }

    /// <summary>Woken when a receive or accept may no longer wait.</summary>
    public abstract WaitQueue ReadQueue { get; }

    /// <summary>Woken when a send may no longer wait.</summary>
    public abstract WaitQueue WriteQueue { get; }

    /// <summary>Who is at the other end.</summary>
    public abstract PeerCredentials Peer { get; }

    /// <summary>Takes the error that a call is to be told (SO_ERROR).</summary>
    public abstract Errno TakeError();

    /// <summary>Gives it a name.</summary>
    public abstract Errno Bind(UserThread caller, ReadOnlySpan<byte> address);

    /// <summary>Lets others connect to it.</summary>
    public abstract Errno Listen(UserThread caller, int backlog);

    /// <summary>Connects it to a name.</summary>
    public abstract Errno Connect(UserThread caller, ReadOnlySpan<byte> address, bool nonBlocking);

    /// <summary>Takes a connection: the socket of this side.</summary>
    public abstract Result<Socket> Accept(UserThread caller, bool nonBlocking);

    /// <summary>Ends one direction or both.</summary>
    public abstract Errno Shutdown(ShutdownKind kind);

    /// <summary>Its own name, or its peer's (ENOTCONN).</summary>
    public abstract Result<byte[]> GetName(bool ofPeer);

    /// <summary>Sends a message. The ancillary files that are left are still the caller's.</summary>
    /// <param name="caller">Who sends.</param>
    /// <param name="cursor">The bytes.</param>
    /// <param name="address">Where to; empty: to the peer.</param>
    /// <param name="ancillary">What goes with them.</param>
    /// <param name="flags">MSG_DONTWAIT, MSG_NOSIGNAL, ...</param>
    public abstract Result<long> Send(UserThread caller, ref IoCursor cursor, ReadOnlySpan<byte> address, ref Ancillary ancillary, MessageFlags flags);

    /// <summary>Receives a message; the files in <paramref name="ancillary"/> are the caller's then.</summary>
    public abstract Result<long> Receive(UserThread caller, ref IoCursor cursor, MessageFlags flags, out Ancillary ancillary);

    /// <summary>Bytes to be received, and bytes sent and not yet received; EINVAL for a listening socket.</summary>
    public abstract Result<int> CountBytes(bool sent);

    /// <summary>The last descriptor is closed.</summary>
    public abstract void Close();
}
