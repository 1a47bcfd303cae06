namespace Levitate.Cli.Building;

/// <summary>What to build.</summary>
internal enum BuildTarget
{
    /// <summary>Both.</summary>
    All,

    /// <summary>artifacts/kernel/levitate.elf.</summary>
    Kernel,

    /// <summary>artifacts/image/initramfs.cpio.</summary>
    Initramfs,
}

/// <summary>Brings what a VM boots from up to date.</summary>
internal static class ImageBuilder
{
    /// <summary>Builds what changed; costs some milliseconds when nothing did. Returns whether anything was built.</summary>
    public static bool Update(Workspace workspace, Progress progress, BuildTarget target = BuildTarget.All)
    {
        var kernel = new KernelBuild(workspace, progress);
        var initramfs = new InitramfsBuild(workspace, progress);
        if (IsKernelCurrent() && IsInitramfsCurrent())
        {
            return false;
        }

        using (BuildLock.Take(workspace, progress))
        {
            if (!IsKernelCurrent())
            {
                kernel.Run();
            }

            if (!IsInitramfsCurrent())
            {
                initramfs.Run();
            }
        }

        return true;

        bool IsKernelCurrent() => target == BuildTarget.Initramfs || kernel.IsCurrent;

        bool IsInitramfsCurrent() => target == BuildTarget.Kernel || initramfs.IsCurrent;
    }
}
