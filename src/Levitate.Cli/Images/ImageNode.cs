using System;
using System.IO;

namespace Levitate.Cli.Images;

/// <summary>A thing in a file system image. Owner and time are root and the epoch: an image depends on its contents only.</summary>
/// <param name="Permissions">The low 12 bits of the mode.</param>
internal abstract record ImageNode(int Permissions);

/// <summary>A directory.</summary>
internal sealed record ImageDirectory(int Permissions = 0x1ED) : ImageNode(Permissions);

/// <summary>A regular file whose bytes are at hand.</summary>
internal sealed record ImageFile(ReadOnlyMemory<byte> Content, int Permissions = 0x1A4) : ImageNode(Permissions)
{
    /// <summary>A file of the host, with its permissions.</summary>
    public static ImageFile FromHost(string path) => new(File.ReadAllBytes(path), (int)File.GetUnixFileMode(path));
}

/// <summary>A symbolic link.</summary>
internal sealed record ImageSymbolicLink(ReadOnlyMemory<byte> Target) : ImageNode(0x1FF);

/// <summary>A further name of a file that is in the image under <paramref name="Existing"/>.</summary>
internal sealed record ImageHardLink(ReadOnlyMemory<byte> Existing) : ImageNode(0);

/// <summary>A character or block device.</summary>
internal sealed record ImageDevice(bool IsBlock, uint Major, uint Minor, int Permissions) : ImageNode(Permissions);
