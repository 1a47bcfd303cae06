using System;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A package that this host's npm fetches from the registry it is set up for, once; then it is kept in artifacts/boot-tests.</summary>
internal sealed class NpmPackage
{
    private readonly string _name;
    private readonly string _file;
    private readonly Lazy<(byte[]? Content, string? Obstacle)> _content;

    private NpmPackage(string name, string file)
    {
        _name = name;
        _file = file;
        _content = new(Read);
    }

    /// <summary>esbuild: one static program in Go.</summary>
    public static NpmPackage Esbuild { get; } = new("@esbuild/linux-x64@0.28.2", "bin/esbuild");

    /// <summary>Biome: one static program in Rust, against musl.</summary>
    public static NpmPackage Biome { get; } = new("@biomejs/cli-linux-x64-musl@2.6.6", "biome");

    /// <summary>Why there is none on this host; null where there is one.</summary>
    public string? Obstacle => _content.Value.Obstacle;

    /// <summary>The program in the package.</summary>
    public byte[] Content => _content.Value.Content ?? throw new InvalidOperationException(Obstacle);

    /// <summary>What is going to take a while; null: nothing.</summary>
    public string? Delay => File.Exists(Kept) ? null : $"npm fetches {_name}, once";

    private string Kept => Path.Combine(Repository.Scratch, _name.Replace('/', '-').TrimStart('@'));

    private (byte[]? Content, string? Obstacle) Read()
    {
        string kept = Kept;
        if (File.Exists(kept))
        {
            return (File.ReadAllBytes(kept), null);
        }

        string? npm = Environment.GetEnvironmentVariable("PATH")?.Split(':').Select(folder => Path.Combine(folder, "npm")).FirstOrDefault(File.Exists);
        if (npm is null)
        {
            return (null, "there is no npm on this host");
        }

        string folder = Directory.CreateTempSubdirectory("levitate-npm-").FullName;
        try
        {
            Execution result = HostCommand.Run([npm, "pack", "--silent", "--pack-destination", folder, _name], timeout: TimeSpan.FromMinutes(3));
            if (result.Status != 0)
            {
                return (null, $"npm does not fetch {_name}: {result.ErrorText.Trim()}");
            }

            byte[] content = Unpack(Directory.GetFiles(folder).Single());
            File.WriteAllBytes($"{kept}.{Environment.ProcessId}", content);
            File.Move($"{kept}.{Environment.ProcessId}", kept, overwrite: true);
            return (content, null);
        }
        catch (TimeoutException)
        {
            return (null, $"npm does not fetch {_name} within three minutes");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private byte[] Unpack(string archive)
    {
        using var reader = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name == $"package/{_file}" && entry.DataStream is { } data)
            {
                byte[] content = new byte[entry.Length];
                data.ReadExactly(content);
                return content;
            }
        }

        throw new InvalidDataException($"{_name} has no {_file}");
    }
}
