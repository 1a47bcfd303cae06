using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Levitate.Cli.Building;

/// <summary>
/// Tells whether what an artifact is made from has changed. A stamp beside the artifact holds two hashes: one over the
/// names, sizes and times of the inputs, which costs a few milliseconds, and one over their contents, which is looked at
/// only when the first differs (after a checkout, say).
/// </summary>
internal sealed class Fingerprint
{
    private static readonly string[] s_generatedDirectories = ["bin", "obj", "TestResults"];

    private readonly string _artifact;
    private readonly string _stamp;
    private readonly string _quick;
    private readonly Lazy<string> _content;

    private Fingerprint(string artifact, List<string> files)
    {
        _artifact = artifact;
        _stamp = artifact + ".stamp";
        files.Sort(StringComparer.Ordinal);
        _quick = Hash(files, hash =>
        {
            foreach (string file in files)
            {
                var info = new FileInfo(file);
                Append(hash, string.Create(CultureInfo.InvariantCulture, $"{file}\n{(info.Exists ? info.Length : -1)}\n{info.LastWriteTimeUtc.Ticks}\n"));
            }
        });
        _content = new Lazy<string>(() => Hash(files, hash =>
        {
            foreach (string file in files.Where(File.Exists))
            {
                Append(hash, file + "\n");
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }));
    }

    /// <summary>The fingerprint of an artifact's inputs: files, and directories with all that is in them but build output.</summary>
    public static Fingerprint Of(string artifact, IEnumerable<string> inputs)
    {
        var files = new List<string>();
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
            {
                Collect(new DirectoryInfo(input), files);
            }
            else
            {
                files.Add(input);
            }
        }

        return new Fingerprint(artifact, files);
    }

    /// <summary>Whether the artifact is there and made from what the inputs are now.</summary>
    public bool IsCurrent()
    {
        if (new FileInfo(_artifact) is not { Exists: true, Length: > 0 } || !File.Exists(_stamp))
        {
            return false;
        }

        string[] known = File.ReadAllLines(_stamp);
        if (known.Length == 2 && known[0] == _quick)
        {
            return true;
        }

        if (known.Length != 2 || known[1] != _content.Value)
        {
            return false;
        }

        Save();
        return true;
    }

    /// <summary>Remembers that the artifact is made from these inputs.</summary>
    public void Save()
    {
        string temporary = $"{_stamp}.{Environment.ProcessId}";
        File.WriteAllText(temporary, $"{_quick}\n{_content.Value}\n");
        File.Move(temporary, _stamp, overwrite: true);
    }

    private static void Collect(DirectoryInfo directory, List<string> files)
    {
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is FileInfo)
            {
                files.Add(entry.FullName);
            }
            else if (Array.IndexOf(s_generatedDirectories, entry.Name) < 0)
            {
                Collect((DirectoryInfo)entry, files);
            }
        }
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private static string Hash(List<string> files, Action<IncrementalHash> fill)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, string.Create(CultureInfo.InvariantCulture, $"{files.Count}\n"));
        fill(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
