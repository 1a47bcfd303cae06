using System;
using Levitate.Cli.Images;

namespace Levitate.Cli.Roots;

/// <summary>What a root file system is packed from.</summary>
internal interface IRootSource
{
    /// <summary>Another one when anything in it has changed.</summary>
    string Fingerprint { get; }

    /// <summary>Writes everything, without the trailer.</summary>
    void Pack(CpioStream archive, PackingProgress progress);
}

/// <summary>Counts what was packed and tells of it now and then.</summary>
internal sealed class PackingProgress(Action<string> show)
{
    /// <summary>The longest archive that the kernel takes, in bytes: it counts them in 32 bits.</summary>
    private const long MaximumLength = int.MaxValue - 0xFFFFF;

    private const int FilesBetweenNews = 500;
    private const long BytesBetweenNews = 16L << 20;

    private int _files;
    private long _bytes;
    private int _toldFiles;
    private long _toldBytes;

    /// <summary>A place for file content on its way.</summary>
    public byte[] Buffer { get; } = new byte[1 << 20];

    /// <summary>What was packed until now.</summary>
    public string Summary => FormattableString.Invariant($"{_files:N0} files, {Host.Quantities.FormatSize(_bytes)}");

    /// <summary>More was packed.</summary>
    public void Add(int files, long bytes)
    {
        _files += files;
        _bytes += bytes;
        if (_files - _toldFiles >= FilesBetweenNews || _bytes - _toldBytes >= BytesBetweenNews)
        {
            _toldFiles = _files;
            _toldBytes = _bytes;
            show(Summary);
        }
    }

    /// <summary>The length, if it fits into an archive that is so long already.</summary>
    public long CheckLength(long length, long archive) => length <= MaximumLength - archive
        ? length
        : throw new ToolException("The root file system is larger than 2 GiB, which is as much as a VM can be given.", "Leave out what the program does not need.");
}
