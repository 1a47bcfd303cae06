using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.Files;

/// <summary>A tree of files as simple as can be, to compare a file system with: paths are absolute, without links and dots.</summary>
internal sealed class TreeModel
{
    /// <summary>Path to content; null is a directory.</summary>
    private readonly Dictionary<string, string?> _files = new() { [string.Empty] = null };

    public string? Read(string path) => _files.GetValueOrDefault(path);

    public bool Exists(string path) => _files.ContainsKey(path);

    public Errno Write(string path, string content)
    {
        Errno error = CheckParent(path);
        if (error != Errno.None)
        {
            return error;
        }

        if (IsDirectory(path))
        {
            return Errno.EISDIR;
        }

        _files[path] = content;
        return Errno.None;
    }

    public Errno MakeDirectory(string path)
    {
        Errno error = CheckParent(path);
        return error != Errno.None ? error : _files.TryAdd(path, null) ? Errno.None : Errno.EEXIST;
    }

    public Errno Unlink(string path)
    {
        Errno error = CheckExists(path);
        if (error == Errno.None && IsDirectory(path))
        {
            return Errno.EISDIR;
        }

        _files.Remove(path);
        return error;
    }

    public Errno RemoveDirectory(string path)
    {
        Errno error = CheckExists(path);
        if (error != Errno.None)
        {
            return error;
        }

        if (!IsDirectory(path))
        {
            return Errno.ENOTDIR;
        }

        return Below(path).Any() ? Errno.ENOTEMPTY : _files.Remove(path) ? Errno.None : Errno.ENOENT;
    }

    public Errno Rename(string from, string to)
    {
        Errno error = CheckParent(from);
        error = error != Errno.None ? error : CheckParent(to);
        error = error != Errno.None ? error : CheckExists(from);
        if (error != Errno.None)
        {
            return error;
        }

        if (from == to)
        {
            return Errno.None;
        }

        if (to.StartsWith(from + "/", StringComparison.Ordinal))
        {
            return Errno.EINVAL;
        }

        if (from.StartsWith(to + "/", StringComparison.Ordinal))
        {
            return Errno.ENOTEMPTY;
        }

        if (_files.ContainsKey(to))
        {
            if (IsDirectory(from) != IsDirectory(to))
            {
                return IsDirectory(to) ? Errno.EISDIR : Errno.ENOTDIR;
            }

            if (Below(to).Any())
            {
                return Errno.ENOTEMPTY;
            }
        }

        foreach (string path in Below(from).Append(from).ToList())
        {
            _files[to + path[from.Length..]] = _files[path];
            _files.Remove(path);
        }

        return Errno.None;
    }

    private bool IsDirectory(string path) => _files.TryGetValue(path, out string? content) && content is null;

    private IEnumerable<string> Below(string path) => _files.Keys.Where(key => key.StartsWith(path + "/", StringComparison.Ordinal));

    private Errno CheckExists(string path)
    {
        Errno error = CheckParent(path);
        return error != Errno.None ? error : _files.ContainsKey(path) ? Errno.None : Errno.ENOENT;
    }

    private Errno CheckParent(string path)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (!_files.TryGetValue(path[..slash], out string? content))
            {
                return Errno.ENOENT;
            }

            if (content is not null)
            {
                return Errno.ENOTDIR;
            }
        }

        return Errno.None;
    }
}
