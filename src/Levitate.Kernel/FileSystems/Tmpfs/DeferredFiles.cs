using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>A regular file or symbolic link that is told of, and not made yet.</summary>
/// <param name="Mode">Type and permissions.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Seconds">The times that it has, since 1970.</param>
/// <param name="FirstFrame">A regular file's pages, one after the other; a reference on each goes with it.</param>
/// <param name="Length">A regular file's length.</param>
internal readonly record struct DeferredFile(ushort Mode, uint UserId, uint GroupId, uint Seconds, FrameNumber FirstFrame = default, int Length = 0)
{
    /// <summary>How many pages it has.</summary>
    public int Pages => (int)(((long)Length + PageSize.Bytes - 1) >> PageSize.Shift);
}

/// <summary>
/// Files of a tmpfs that become objects when somebody looks for them. An archive of thousands of files is so mounted in the
/// time that it takes to read it, without an object for each: programs use few of the files that they could. The owner's
/// <see cref="TmpfsFileSystem.TreeLock"/> guards all of it.
/// </summary>
internal sealed class DeferredFiles
{
    private const int None = -1;
    private const int EntriesShift = 8;
    private const int TextShift = 13;

    /// <summary>In pieces, which are never copied: what is allocated at power-on is little enough for no collection to be needed.</summary>
    private readonly List<Entry[]> _entries = [];
    private int _used;
    private int _left;

    /// <summary>Names, and behind each the text of its link; a piece holds the longest of both.</summary>
    private readonly List<byte[]> _text = [];
    private int _textUsed;

    /// <summary>The first entry of each hash; a power of two of them.</summary>
    private int[] _buckets = [];

    /// <summary>Adds a file. A name that the directory has deferred already is the caller's mistake.</summary>
    /// <param name="directory">The directory's names.</param>
    /// <param name="name">The name.</param>
    /// <param name="file">The file.</param>
    /// <param name="linkText">A symbolic link's text.</param>
    public void Add(ref DeferredNames directory, ReadOnlySpan<byte> name, in DeferredFile file, ReadOnlySpan<byte> linkText)
    {
        Span<byte> text = MakeRoom(name.Length + linkText.Length, out int textStart);
        name.CopyTo(text);
        linkText.CopyTo(text[name.Length..]);
        int index = _used++;
        int bucket = Hash(directory.Key, name) & (_buckets.Length - 1);
        At(index) = new Entry
        {
            File = file,
            Directory = directory.Key,
            NameStart = textStart,
            NameLength = (byte)name.Length,
            TextLength = (ushort)linkText.Length,
            NextInBucket = _buckets[bucket],
            NextInDirectory = None,
        };
        _buckets[bucket] = index;
        if (directory.FirstPlusOne == 0)
        {
            directory.FirstPlusOne = index + 1;
        }
        else
        {
            At(directory.LastPlusOne - 1).NextInDirectory = index;
        }

        directory.LastPlusOne = index + 1;
        directory.Count++;
        _left++;
    }

    /// <summary>Takes a file out by its name.</summary>
    public bool TryTake(ref DeferredNames directory, ReadOnlySpan<byte> name, out DeferredFile file, out byte[] linkText)
    {
        if (directory.Count > 0)
        {
            ref int at = ref _buckets[Hash(directory.Key, name) & (_buckets.Length - 1)];
            while (at != None)
            {
                ref Entry entry = ref At(at);
                if (entry.Directory == directory.Key && Name(entry).SequenceEqual(name))
                {
                    at = entry.NextInBucket;
                    Take(ref directory, ref entry, out file, out linkText);
                    return true;
                }

                at = ref entry.NextInBucket;
            }
        }

        file = default;
        linkText = [];
        return false;
    }

    /// <summary>Takes the file of a directory out that was added first.</summary>
    public bool TryTakeFirst(ref DeferredNames directory, out byte[] name, out DeferredFile file, out byte[] linkText)
    {
        while (directory.FirstPlusOne > 0)
        {
            ref Entry entry = ref At(directory.FirstPlusOne - 1);
            directory.FirstPlusOne = entry.NextInDirectory + 1;
            if (!entry.IsTaken)
            {
                name = Name(entry).ToArray();
                return TryTake(ref directory, name, out file, out linkText);
            }
        }

        name = linkText = [];
        file = default;
        return false;
    }

    private void Take(ref DeferredNames directory, ref Entry entry, out DeferredFile file, out byte[] linkText)
    {
        file = entry.File;
        linkText = entry.TextLength == 0 ? [] : Text(entry.NameStart + entry.NameLength, entry.TextLength).ToArray();
        entry.IsTaken = true;
        if (--directory.Count == 0)
        {
            directory.FirstPlusOne = 0;
        }

        if (--_left == 0)
        {
            _entries.Clear();
            _text.Clear();
            _buckets = [];
            _used = _textUsed = 0;
        }
    }

    private ref Entry At(int index) => ref _entries[index >> EntriesShift][index & ((1 << EntriesShift) - 1)];

    private Span<byte> Text(int start, int length) => _text[start >> TextShift].AsSpan(start & ((1 << TextShift) - 1), length);

    private ReadOnlySpan<byte> Name(in Entry entry) => Text(entry.NameStart, entry.NameLength);

    /// <summary>Seeded as <see cref="ByteStringComparer"/> is, so that no archive can choose names that collide.</summary>
    private static int Hash(int directory, ReadOnlySpan<byte> name) => ByteStringComparer.Instance.GetHashCode(name) ^ (directory * 0x9e3779b);

    /// <summary>Makes room for one more entry with so many bytes of text.</summary>
    private Span<byte> MakeRoom(int bytes, out int textStart)
    {
        if (_textUsed + bytes > _text.Count << TextShift)
        {
            _textUsed = _text.Count << TextShift;
            _text.Add(new byte[1 << TextShift]);
        }

        textStart = _textUsed;
        _textUsed += bytes;
        if (_used == _entries.Count << EntriesShift)
        {
            _entries.Add(new Entry[1 << EntriesShift]);
        }

        if (_used >= _buckets.Length)
        {
            MakeBuckets(Math.Max(1 << EntriesShift, 2 * _buckets.Length));
        }

        return Text(textStart, bytes);
    }

    private void MakeBuckets(int count)
    {
        _buckets = new int[count];
        Array.Fill(_buckets, None);
        for (int index = 0; index < _used; index++)
        {
            ref Entry entry = ref At(index);
            if (!entry.IsTaken)
            {
                int bucket = Hash(entry.Directory, Name(entry)) & (_buckets.Length - 1);
                entry.NextInBucket = _buckets[bucket];
                _buckets[bucket] = index;
            }
        }
    }

    private struct Entry
    {
        internal DeferredFile File;
        internal int Directory;
        internal int NameStart;
        internal int NextInBucket;
        internal int NextInDirectory;
        internal ushort TextLength;
        internal byte NameLength;
        internal bool IsTaken;
    }
}

/// <summary>What a directory keeps of its <see cref="DeferredFiles"/>.</summary>
internal struct DeferredNames
{
    /// <summary>What tells the directory from others.</summary>
    internal int Key;

    /// <summary>One more than the index of the entry that was added first; 0: none is left.</summary>
    internal int FirstPlusOne;

    /// <summary>One more than the index of the entry that was added last.</summary>
    internal int LastPlusOne;

    /// <summary>How many there are.</summary>
    internal int Count;
}
