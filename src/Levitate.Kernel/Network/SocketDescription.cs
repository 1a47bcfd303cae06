using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network;

/// <summary>The file behind a socket's descriptor.</summary>
internal sealed class SocketInode(AnonymousFileSystem fileSystem)
    : Inode(fileSystem, fileSystem.NextNumber(), FileMode.S_IFSOCK | FileMode.S_IRWXUGO, 0, 0, linkCount: 1)
{
    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => Errno.ENXIO;
}

/// <summary>An open socket.</summary>
internal sealed class SocketDescription(Socket socket, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <summary>The socket.</summary>
    public Socket Socket => socket;

    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    public override PollEvents Readiness => socket.Readiness;

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => socket.ReadQueue;

    /// <inheritdoc/>
    public override WaitQueue? WriteQueue => socket.WriteQueue;

    /// <summary>Makes the description of a socket.</summary>
    public static SocketDescription Create(KernelSystem kernel, Socket socket, SocketFlags flags)
    {
        AnonymousFileSystem fileSystem = kernel.Network.Sockets;
        OpenFlags status = OpenFlags.O_RDWR | (OpenFlags)(int)(flags & SocketFlags.SOCK_NONBLOCK);
        var description = new SocketDescription(socket, fileSystem.Place(new SocketInode(fileSystem), "socket"), status);
        if (socket is Unix.UnixSocket unix)
        {
            unix.Description = description;
            kernel.Network.UnixNames.Enter(unix);
        }

        return description;
    }

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null)
        {
            return Errno.EINVAL;
        }

        Result<long> result = socket.Receive(caller, ref cursor, IsNonBlocking ? MessageFlags.MSG_DONTWAIT : MessageFlags.None, out Ancillary ancillary);
        ancillary.Release();
        return result;
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (caller is null)
        {
            return Errno.EINVAL;
        }

        Ancillary ancillary = default;
        return socket.Send(caller, ref cursor, default, ref ancillary, IsNonBlocking ? MessageFlags.MSG_DONTWAIT : MessageFlags.None);
    }

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument)
    {
        var address = new UserAddress(argument);
        switch (request)
        {
            case FileOwnerCommands.FIOSETOWN or FileOwnerCommands.SIOCSPGRP:
                return caller.Memory.Read<int>(address).TryGet(out int owner, out Errno failure) ? FileOwnerCommands.SetOwner(caller, this, owner) : failure;
            case FileOwnerCommands.FIOGETOWN or FileOwnerCommands.SIOCGPGRP:
                return caller.Memory.Write(address, FileOwnerCommands.GetOwner(this));
        }

        if (request is not (IoctlNumber.FIONREAD or IoctlNumber.TIOCOUTQ))
        {
            return Errno.ENOTTY;
        }

        return socket.CountBytes(sent: request == IoctlNumber.TIOCOUTQ).TryGet(out int count, out Errno error)
            ? caller.Memory.Write(address, count)
            : error;
    }

    /// <inheritdoc/>
    protected override void OnClosed() => socket.Close();
}
