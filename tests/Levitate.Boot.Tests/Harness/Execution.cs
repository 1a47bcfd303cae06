using System;
using System.Linq;
using System.Text;

namespace Levitate.Boot.Tests.Harness;

/// <summary>What a program wrote, and how it ended.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
/// <param name="Status">Its exit status; 128 + N when signal N ended it.</param>
/// <param name="Time">From its start to its end.</param>
internal sealed record Execution(byte[] Output, byte[] Errors, int Status, TimeSpan Time)
{
    /// <summary>The output as text.</summary>
    public string OutputText => Encoding.Latin1.GetString(Output);

    /// <summary>The errors as text.</summary>
    public string ErrorText => Encoding.Latin1.GetString(Errors);

    /// <inheritdoc/>
    public override string ToString() => $"status {Status}\n--- output\n{Shorten(Output)}\n--- errors\n{Shorten(Errors)}";

    private static string Shorten(byte[] bytes)
    {
        const int Limit = 6000;
        return Encoding.Latin1.GetString([.. bytes.Take(Limit)]) + (bytes.Length > Limit ? $"... ({bytes.Length} bytes)" : "");
    }
}
