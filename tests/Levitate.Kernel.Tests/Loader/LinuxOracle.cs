using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>What became of a program under the host's own Linux.</summary>
/// <param name="Error">What execve returned.</param>
/// <param name="Signal">The signal that ended it; 0 for none.</param>
/// <param name="Status">Its exit status.</param>
internal readonly record struct OracleOutcome(Errno Error, int Signal, int Status)
{
    public override string ToString() => Error != Errno.None ? $"refused with {Error}" : Signal != 0 ? $"died of signal {Signal}" : $"ran and exited with {Status}";
}

/// <summary>Asks the host's Linux what it does with a file: Linux is the specification.</summary>
internal static class LinuxOracle
{
    private const int WNOHANG = 1;
    private const int SIGKILL = 9;

    /// <summary>Whether the host is a Linux of the kind that the tables were made with: x86-64, version 6 or later (emulations of Linux report older versions).</summary>
    public static bool IsAvailable { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64 && Environment.OSVersion.Version.Major >= 6;

    /// <summary>Why the host cannot be asked; null where it can.</summary>
    public static string? Obstacle => IsAvailable ? null : "this host is no x86-64 Linux, version 6 or later";

    /// <summary>Writes an executable file.</summary>
    public static void WriteExecutable(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Runs a file with an empty environment and waits for its end, at most ten seconds.</summary>
    public static OracleOutcome Run(string path, params string[] arguments)
    {
        string?[] argv = [.. arguments.Length == 0 ? [path] : arguments, null];
        int error, process;
        int attempts = 0;
        do
        {
            // Another test's fork may for a moment hold the descriptor through which the file was written.
            error = posix_spawn(out process, Encoding.UTF8.GetBytes(path + "\0"), 0, 0, argv, [null]);
        }
        while (error == (int)Errno.ETXTBSY && attempts++ < 1000 && Thread.Yield());

        if (error != 0)
        {
            return new OracleOutcome((Errno)error, 0, 0);
        }

        var time = Stopwatch.StartNew();
        int status;
        while (waitpid(process, out status, WNOHANG) == 0)
        {
            if (time.Elapsed > TimeSpan.FromSeconds(10))
            {
                kill(process, SIGKILL);
                waitpid(process, out status, 0);
                break;
            }

            // Most are gone in a fraction of a millisecond, which is less than the shortest sleep.
            if (time.ElapsedMilliseconds < 3)
            {
                Thread.Yield();
            }
            else
            {
                Thread.Sleep(1);
            }
        }

        return new OracleOutcome(Errno.None, status & 0x7f, (status >> 8) & 0xff);
    }

    /// <summary>Runs a file with these arguments behind argv[0] and gives what it wrote to its standard output.</summary>
    public static Result<byte[]> Capture(string path, IReadOnlyList<string> arguments, IReadOnlyList<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
        {
            start.Environment.Add(name, value);
        }

        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using Process process = Process.Start(start)!;
                var output = new MemoryStream();
                process.StandardOutput.BaseStream.CopyTo(output);
                process.WaitForExit();
                return output.ToArray();
            }
            catch (Win32Exception exception) when (exception.NativeErrorCode != (int)Errno.ETXTBSY || attempt > 1000)
            {
                return (Errno)exception.NativeErrorCode;
            }
            catch (Win32Exception)
            {
                Thread.Yield();
            }
        }
    }

    [DllImport("libc")]
    private static extern int posix_spawn(out int process, byte[] path, nint fileActions, nint attributes, string?[] arguments, string?[] environment);

    [DllImport("libc")]
    private static extern int waitpid(int process, out int status, int options);

    [DllImport("libc")]
    private static extern int kill(int process, int signal);
}

/// <summary>A directory of the host for the files that <see cref="LinuxOracle"/> runs, with one of each kind that is no good as an interpreter.</summary>
public sealed class OracleDirectory : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("levitate-elf-").FullName;
    private int _count;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>A path in a fresh directory, beside "directory", "plain" (a file without x permission) and "loop" (a symbolic link to itself).</summary>
    internal string NewPath(string name)
    {
        string directory = Path.Combine(_root, Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(Path.Combine(directory, "directory"));
        File.WriteAllText(Path.Combine(directory, "plain"), "plain");
        File.CreateSymbolicLink(Path.Combine(directory, "loop"), "loop");
        return Path.Combine(directory, name);
    }
}
