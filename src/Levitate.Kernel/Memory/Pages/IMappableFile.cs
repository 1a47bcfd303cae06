using System;

namespace Levitate.Kernel.Memory;

/// <summary>A file as a memory mapping holds it. Implemented by open file descriptions; a mapping keeps one reference.</summary>
public interface IMappableFile
{
    /// <summary>The file's pages, shared by every mapping and by read and write.</summary>
    PageCache Pages { get; }

    /// <summary>The path, as /proc/[pid]/maps shows it (bytes; " (deleted)" appended by the implementation).</summary>
    byte[] MapsPath { get; }

    /// <summary>Device number (Linux encoding) and inode number for /proc/[pid]/maps.</summary>
    (ulong Device, ulong Inode) Identity { get; }

    /// <summary>A page is about to be stored to by way of a shared mapping: dates the file. Takes no lock, as an address space's is held.</summary>
    void NoteStore()
    {
    }

    /// <summary>Keeps the file open for one more holder.</summary>
    void Acquire();

    /// <summary>Gives up a holder's reference.</summary>
    void Release();
}
