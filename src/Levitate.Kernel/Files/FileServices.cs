using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Files;

/// <summary>What the files of all processes of a kernel have in common.</summary>
internal sealed class FileServices(IMachine machine)
{
    /// <summary>The character devices.</summary>
    public CharacterDevices Devices { get; } = new();

    /// <summary>Where pipes lie.</summary>
    public AnonymousFileSystem Pipes { get; } = new(machine, "pipefs", 0x50495045);
}
