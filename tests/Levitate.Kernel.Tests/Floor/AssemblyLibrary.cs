using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Tests.Floor;

/// <summary>The floor's assembly of C functions, made into a library of the host, so that it can be tested at full speed.</summary>
internal static class AssemblyLibrary
{
    private static readonly nint s_library = Build("Memory", "Math");

    /// <summary>The address of a function.</summary>
    internal static nint Find(string name) => NativeLibrary.GetExport(s_library, name);

    private static nint Build(params string[] sources)
    {
        string directory = Directory.CreateTempSubdirectory("levitate-floor-").FullName;
        try
        {
            string library = Path.Combine(directory, "floor.so");
            string objects = string.Empty;
            foreach (string source in sources)
            {
                Run("as", $"--64 -o {directory}/{source}.o {Path.Combine(AppContext.BaseDirectory, "Floor", source + ".S")}");
                objects += $" {directory}/{source}.o";
            }

            // -Bsymbolic: log means ours here, not that of the process's C library.
            Run("ld", $"-shared -Bsymbolic -o {library}{objects}");
            return NativeLibrary.Load(library);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments}: {errors}");
        }
    }
}
