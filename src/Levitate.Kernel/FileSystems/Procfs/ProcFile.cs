using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>Writes what a file of /proc says at this moment.</summary>
/// <returns>ESRCH where the process is gone.</returns>
internal delegate Errno ProcWriter(ProcText text, UserThread? reader);

/// <summary>Where a part of what a file of /proc says begins, as its writer counts; at first all is 0.</summary>
/// <param name="Item">By which thing.</param>
/// <param name="Within">Where in it.</param>
/// <param name="Lines">How many were told of before, where they are numbered.</param>
internal readonly record struct ProcPlace(ulong Item, ulong Within = 0, ulong Lines = 0)
{
    /// <summary>There is no further part.</summary>
    public static ProcPlace End => new(ulong.MaxValue);
}

/// <summary>Writes a part of what a file of /proc says that is too long to be made at once.</summary>
/// <param name="text">Takes it.</param>
/// <param name="reader">Who reads.</param>
/// <param name="place">Where the part begins; set to where the next one does, or to <see cref="ProcPlace.End"/>.</param>
/// <returns>ESRCH where the process is gone.</returns>
internal delegate Errno ProcPartWriter(ProcText text, UserThread? reader, ref ProcPlace place);

/// <summary>Takes what was written to a file of /proc, as text without what surrounds it.</summary>
/// <returns>EINVAL for what does not make sense.</returns>
internal delegate Errno ProcReader(ReadOnlySpan<byte> text, UserThread? writer);

/// <summary>A file whose content is made when it is read.</summary>
internal sealed class ProcFile(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId, ProcPartWriter writer)
    : Inode(fileSystem, number, FileMode.S_IFREG | permissions, userId, groupId, linkCount: 1)
{
    /// <summary>A file whose content is made at once.</summary>
    public ProcFile(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId, ProcWriter writer)
        : this(fileSystem, number, permissions, userId, groupId, AtOnce(writer))
    {
    }

    /// <summary>
    /// Who may open it and have its content made, beyond what its mode says; null: anyone. Asked at both times: between
    /// them the process may have become another user's program.
    /// </summary>
    public Func<UserThread?, Errno>? Guard { get; init; }

    /// <summary>Takes what is written; null: nothing can be.</summary>
    public ProcReader? Reader { get; init; }

    /// <summary>Whether <see cref="Reader"/> gets the bytes as they are, and what is too long is cut off in silence, as of comm.</summary>
    public bool TakesBytes { get; init; }

    /// <inheritdoc/>
    public override Errno Change(in AttributeChange change) => Errno.EPERM;

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        Errno error = Guard?.Invoke(caller) ?? Errno.None;
        if (error != Errno.None)
        {
            return error;
        }

        return TryAcquire() ? new ProcFileDescription(writer, Reader, Guard, TakesBytes, location, flags) : Errno.ENOENT;
    }

    private static ProcPartWriter AtOnce(ProcWriter writer) => (ProcText text, UserThread? reader, ref ProcPlace place) =>
    {
        place = ProcPlace.End;
        return writer(text, reader);
    };
}

/// <summary>
/// An open file of /proc. What it says, or the first part of it, is made by the read at offset 0 and stays so until the next one
/// there; further parts are made as they are reached.
/// </summary>
internal sealed class ProcFileDescription(ProcPartWriter writer, ProcReader? reader, Func<UserThread?, Errno>? guard, bool takesBytes, Location location, OpenFlags flags)
    : FileDescription(location, flags, hasPosition: true)
{
    /// <summary>The most bytes that one write can say something with (Linux: PROC_NUMBUF less its NUL).</summary>
    private const int LongestText = 12;

    /// <summary>The most bytes of a write that are taken as they are (Linux: TASK_COMM_LEN less its NUL).</summary>
    private const int MostBytes = 15;

    /// <summary>Parts are joined until there are so many bytes: what fits in there is told by one read (Linux: the first buffer of seq_file).</summary>
    private const int ShortPart = 4096;

    private Part? _part;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        Part? part = Volatile.Read(ref _part);
        bool begins = part is null || offset == 0 || offset < part.Start;
        while (begins || (offset >= part!.End && part.Next != ProcPlace.End))
        {
            ProcPlace place = begins ? default : part!.Next;
            var text = new ProcText();
            Errno error = guard?.Invoke(caller) ?? Errno.None;
            do
            {
                error = error == Errno.None ? writer(text, caller, ref place) : error;
            }
            while (error == Errno.None && text.Length < ShortPart && place != ProcPlace.End);

            if (error != Errno.None)
            {
                return error;
            }

            part = new Part(begins ? 0 : part!.End, text.ToArray(), place);
            begins = false;
        }

        Volatile.Write(ref _part, part);
        if (offset < part.End)
        {
            _ = cursor.Put(part.Content.AsSpan((int)(offset - part.Start)));
        }

        return cursor.Result;
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (reader is null)
        {
            return Errno.EINVAL;
        }

        int most = takesBytes ? MostBytes : LongestText;
        Span<byte> bytes = stackalloc byte[most];
        long given = cursor.Remaining;
        cursor.Limit(most);
        int length = cursor.Take(bytes);
        if (cursor.HasFaulted)
        {
            return Errno.EFAULT;
        }

        ReadOnlySpan<byte> text = bytes[..length];
        Errno error = reader(takesBytes ? text : text.Trim(" \t\n"u8), caller);
        return error != Errno.None ? error : takesBytes ? given : length;
    }

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        long target = from switch
        {
            SeekFrom.SEEK_SET => offset,
            SeekFrom.SEEK_CUR => unchecked(Position + offset),
            _ => -1,
        };
        return target < 0 ? Errno.EINVAL : target;
    }

    /// <summary>What was made last.</summary>
    private sealed record Part(long Start, byte[] Content, ProcPlace Next)
    {
        public long End => Start + Content.Length;
    }
}
