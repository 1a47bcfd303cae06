using System;
using System.IO;

namespace Levitate.Boot.Tests.Harness;

/// <summary>Where the repository is, and that its image is built before the first machine boots.</summary>
internal static class Repository
{
    private static readonly Lazy<bool> s_built = new(Build);

    /// <summary>The repository's root: LEVITATE_ROOT, or the folder above this assembly that holds Levitate.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The launcher.</summary>
    public static string Launcher => Path.Combine(Root, "levitate");

    /// <summary>The kernel that the machines boot.</summary>
    public static string Kernel => Path.Combine(Root, "artifacts", "kernel", "levitate.elf");

    /// <summary>The default root file system.</summary>
    public static string Initramfs => Path.Combine(Root, "artifacts", "image", "initramfs.cpio");

    /// <summary>A place for what the tests make.</summary>
    public static string Scratch { get; } = Directory.CreateDirectory(Path.Combine(FindRoot(), "artifacts", "boot-tests")).FullName;

    /// <summary>Whether only the native half runs: LEVITATE_NATIVE_ONLY=1, for writing a guest program.</summary>
    public static bool NativeOnly => Environment.GetEnvironmentVariable("LEVITATE_NATIVE_ONLY") == "1";

    /// <summary>Builds what is out of date, once; later calls of the tool then say nothing of building.</summary>
    public static void EnsureBuilt() => _ = s_built.Value;

    private static bool Build()
    {
        Execution result = HostCommand.Run([Launcher, "build", NativeOnly ? "initramfs" : "all"], timeout: TimeSpan.FromMinutes(10));
        return result.Status == 0 ? true : throw new InvalidOperationException($"./levitate build failed:\n{result}");
    }

    private static string FindRoot()
    {
        string? candidate = Environment.GetEnvironmentVariable("LEVITATE_ROOT") is { Length: > 0 } named ? named : AppContext.BaseDirectory;
        for (; candidate is not null; candidate = Path.GetDirectoryName(candidate))
        {
            if (File.Exists(Path.Combine(candidate, "Levitate.slnx")))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException("The tests are not inside a LevitateOS repository, and LEVITATE_ROOT does not name one.");
    }
}
