using Levitate.Kernel.Files;

namespace Levitate.Kernel;

/// <content>Files.</content>
public sealed partial class KernelSystem
{
    /// <summary>What the files of all processes have in common.</summary>
    internal FileServices Files => _files ?? System.Threading.LazyInitializer.EnsureInitialized(ref _files, () => new FileServices(this));

    private FileServices? _files;
}
