using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Building;

/// <summary>Runs the host's programs: compilers, the .NET SDK.</summary>
internal static class HostProgram
{
    private const int ShownLogLines = 40;

    /// <summary>Runs a program to its end with its output in a log file; when it fails, so does this, showing the log's end.</summary>
    public static void Run(Workspace workspace, string what, string program, IEnumerable<string> arguments)
    {
        string log = Path.Combine(workspace.Artifacts, "log", what + ".log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        if (RunInto(log, workspace, program, arguments) != 0)
        {
            string shown = string.Join('\n', File.ReadLines(log).TakeLast(ShownLogLines));
            throw new ToolException(
                $"{shown}\n\n{Path.GetFileName(program)} failed; its last lines are above.",
                $"All of them are in {Path.GetRelativePath(workspace.Root, log)}.");
        }
    }

    /// <summary>Runs a program on the tool's own standard streams and returns its exit status.</summary>
    public static int RunInForeground(Workspace workspace, string program, IEnumerable<string> arguments)
    {
        using Process process = Start(workspace, program, arguments, redirect: false);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>What a program prints.</summary>
    public static string Read(string program, IEnumerable<string> arguments)
    {
        using Process process = Launch(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true });
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new ToolException($"{program} failed with status {process.ExitCode}.");
    }

    private static int RunInto(string log, Workspace workspace, string program, IEnumerable<string> arguments)
    {
        using var writer = new StreamWriter(log);
        using Process process = Start(workspace, program, arguments, redirect: true);
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode;

        void Write(string? line)
        {
            if (line is not null)
            {
                lock (writer)
                {
                    writer.WriteLine(line);
                }
            }
        }
    }

    private static Process Start(Workspace workspace, string program, IEnumerable<string> arguments, bool redirect)
    {
        // It ends with the tool, however that ends: nothing goes on writing where the next build begins. (The thread that
        // starts it waits for it; the kernel sends the signal when that thread ends.)
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "TERM", "--", program, .. arguments])
        {
            WorkingDirectory = workspace.Root,
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Launch(start);
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new ToolException($"{start.FileName} cannot be started: {failure.Message}.", "Call the tool as ./levitate: it installs what is missing.");
        }
    }
}
