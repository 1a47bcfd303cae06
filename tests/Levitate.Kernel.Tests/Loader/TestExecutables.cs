using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Loader;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>An executable file of a simulated machine, counted: its pages go with its last reference.</summary>
internal sealed class TestExecutable : IExecutableFile
{
    private readonly string _path;
    private int _references = 1;

    public TestExecutable(SimulatedMachine machine, string path, byte[] content)
    {
        _path = path;
        Pages = new PageCache(machine.Frames);
        Pages.Write(0, content);
    }

    public PageCache Pages { get; }

    public long Length => Pages.Length;

    public byte[] MapsPath => Encoding.Latin1.GetBytes(_path);

    public (ulong Device, ulong Inode) Identity => (1, 1);

    public (uint? UserId, uint? GroupId) SetIds { get; init; }

    public int References => Volatile.Read(ref _references);

    public int Read(long offset, Span<byte> destination) => Pages.Read(offset, destination);

    public void Acquire() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Pages.Dispose();
        }
    }

    public void Dispose() => Release();
}

/// <summary>Executable files by path; keeps one reference on each until it is disposed.</summary>
internal sealed class TestExecutables(SimulatedMachine machine) : IImageOpener<IExecutableFile>, IDisposable
{
    private readonly Dictionary<string, TestExecutable> _files = [];

    public TestExecutable this[string path] => _files[path];

    public void Add(string path, byte[] content) => _files.Add(path, new TestExecutable(machine, path, content));

    public Result<IExecutableFile> Open(ReadOnlySpan<byte> path)
    {
        if (!_files.TryGetValue(Encoding.Latin1.GetString(path), out TestExecutable? file))
        {
            return Errno.ENOENT;
        }

        file.Acquire();
        return Result.Of<IExecutableFile>(file);
    }

    public string DescribeDenial(ReadOnlySpan<byte> path) => "is denied by the test";

    public void Dispose()
    {
        foreach (TestExecutable file in _files.Values)
        {
            Assert.Equal(1, file.References);
            file.Dispose();
        }
    }
}
