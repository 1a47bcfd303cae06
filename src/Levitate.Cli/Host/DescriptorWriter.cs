using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Levitate.Cli.Host;

/// <summary>
/// Text to an open descriptor, piece by piece as it comes. In the place of .NET's own console writers, which send a
/// terminal codes of their own and end the process when a message cannot be written.
/// </summary>
/// <param name="descriptor">Where the text goes, in UTF-8.</param>
/// <param name="failureIsError">Whether text that cannot be written is an error of the tool's; otherwise it is lost.</param>
internal sealed class DescriptorWriter(Descriptor descriptor, bool failureIsError) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write((value ?? "").AsSpan());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write((value + "\n").AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (descriptor.WriteAll(HostText.Encode(buffer.ToString())) || !failureIsError)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        throw error == Libc.EPIPE
            ? new ClosedPipeException()
            : new ToolException($"The output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.", "Give it a place that takes it.");
    }
}

/// <summary>Nobody reads the tool's output any more: nothing is left to be done or to be said.</summary>
internal sealed class ClosedPipeException : Exception;
