using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Levitate.Boot.Tests.Harness;

/// <summary>Runs a program of the host and takes everything that it writes.</summary>
internal static class HostCommand
{
    /// <summary>Runs to the end; a program that takes longer than its time is killed, and the test fails.</summary>
    public static Execution Run(IReadOnlyList<string> command, byte[]? input = null, TimeSpan? timeout = null)
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        for (int i = 1; i < command.Count; i++)
        {
            start.ArgumentList.Add(command[i]);
        }

        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
        Task<byte[]> output = ReadAll(process.StandardOutput.BaseStream);
        Task<byte[]> errors = ReadAll(process.StandardError.BaseStream);
        Task writing = Task.Run(() => WriteAll(process.StandardInput.BaseStream, input ?? []));

        TimeSpan limit = timeout ?? TimeSpan.FromMinutes(1);
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"\"{string.Join(' ', command)}\" took longer than {limit.TotalSeconds} s");
        }

        Task.WaitAll([output, errors, writing], limit);
        return new Execution(output.Result, errors.Result, process.ExitCode, Stopwatch.GetElapsedTime(began));
    }

    private static Task<byte[]> ReadAll(Stream stream) => Task.Run(() =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    });

    private static void WriteAll(Stream stream, byte[] input)
    {
        try
        {
            using (stream)
            {
                stream.Write(input);
            }
        }
        catch (IOException)
        {
            // The program ended without reading everything, which is its right.
        }
    }
}
