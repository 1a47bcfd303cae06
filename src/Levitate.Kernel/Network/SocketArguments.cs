using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>What the system calls of sockets have in common.</summary>
internal static class SocketArguments
{
    /// <summary>The socket behind a descriptor, with a reference on its description.</summary>
    /// <returns>EBADF; ENOTSOCK.</returns>
    public static Result<SocketDescription> Get(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is SocketDescription socket)
        {
            return socket;
        }

        file.Release();
        return Errno.ENOTSOCK;
    }

    /// <summary>The flags of a call with O_NONBLOCK taken in.</summary>
    public static MessageFlags With(this SocketDescription description, MessageFlags flags) =>
        description.IsNonBlocking ? flags | MessageFlags.MSG_DONTWAIT : flags;
}
