using System;

namespace Levitate.Floor;

/// <summary>What the machine's loader said at power-on (PVH hvm_start_info), copied before memory is handed out.</summary>
public static unsafe class BootInfo
{
    private const uint StartMagic = 0x336ec578;
    private const int MaximumCommandLine = 4096;
    private const int MaximumRegions = 64;

    private struct Storage
    {
        internal fixed byte CommandLine[MaximumCommandLine];
        internal fixed ulong RegionStart[MaximumRegions];
        internal fixed ulong RegionEnd[MaximumRegions];
    }

    private static Storage s_storage;
    private static int s_commandLineLength;
    private static int s_regionCount;

    /// <summary>The kernel's command line.</summary>
    public static ReadOnlySpan<byte> CommandLine
    {
        get
        {
            fixed (byte* start = s_storage.CommandLine)
            {
                return new ReadOnlySpan<byte>(start, s_commandLineLength);
            }
        }
    }

    /// <summary>Physical address of the initramfs; page-aligned.</summary>
    public static ulong InitrdStart { get; private set; }

    /// <summary>Its length in bytes; 0: none.</summary>
    public static ulong InitrdLength { get; private set; }

    /// <summary>Physical address of ACPI's root pointer; 0: none.</summary>
    public static ulong AcpiRoot { get; private set; }

    /// <summary>The time-stamp counter when the kernel got the machine.</summary>
    public static ulong EntryTsc { get; private set; }

    internal static int RegionCount => s_regionCount;

    internal static ulong RegionStart(int index) => s_storage.RegionStart[index];

    internal static ulong RegionEnd(int index) => s_storage.RegionEnd[index];

    /// <summary>Whether all of a range of physical addresses is memory.</summary>
    internal static bool IsMemory(ulong start, ulong end)
    {
        for (int index = 0; index < s_regionCount; index++)
        {
            if (RegionStart(index) <= start && end <= RegionEnd(index))
            {
                return true;
            }
        }

        return false;
    }

    internal static void Read(ulong startInfo)
    {
        EntryTsc = Asm.ReadTsc();
        byte* info = DirectMap.Pointer(startInfo);
        if (*(uint*)info != StartMagic || *(uint*)(info + 4) < 1)
        {
            Panic.Halt("not started by a PVH loader with a memory map (hvm_start_info version 1)"u8);
        }

        ulong commandLine = *(ulong*)(info + 24);
        if (commandLine != 0)
        {
            byte* source = DirectMap.Pointer(commandLine);
            while (s_commandLineLength < MaximumCommandLine && source[s_commandLineLength] != 0)
            {
                s_storage.CommandLine[s_commandLineLength] = source[s_commandLineLength];
                s_commandLineLength++;
            }
        }

        if (*(uint*)(info + 12) > 0)
        {
            byte* module = DirectMap.Pointer(*(ulong*)(info + 16));
            InitrdStart = *(ulong*)module;
            InitrdLength = *(ulong*)(module + 8);
            if ((InitrdStart & 4095) != 0)
            {
                Panic.Halt("the initramfs does not begin on a page"u8);
            }
        }

        AcpiRoot = *(ulong*)(info + 32);
        byte* entry = DirectMap.Pointer(*(ulong*)(info + 40));
        uint count = *(uint*)(info + 48);
        for (uint index = 0; index < count && s_regionCount < MaximumRegions; index++, entry += 24)
        {
            const uint Ram = 1;
            ulong start = (*(ulong*)entry + 4095) & ~4095UL;
            ulong end = (*(ulong*)entry + *(ulong*)(entry + 8)) & ~4095UL;
            if (*(uint*)(entry + 16) == Ram && end > start)
            {
                s_storage.RegionStart[s_regionCount] = start;
                s_storage.RegionEnd[s_regionCount] = end;
                s_regionCount++;
            }
        }
    }

    /// <summary>Whether a word stands in the command line.</summary>
    public static bool HasOption(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> line = CommandLine;
        int start = 0;
        for (int index = 0; index <= line.Length; index++)
        {
            if (index == line.Length || line[index] == (byte)' ')
            {
                if (index - start == word.Length && Same(line, start, word))
                {
                    return true;
                }

                start = index + 1;
            }
        }

        return false;
    }

    private static bool Same(ReadOnlySpan<byte> line, int start, ReadOnlySpan<byte> word)
    {
        for (int index = 0; index < word.Length; index++)
        {
            if (line[start + index] != word[index])
            {
                return false;
            }
        }

        return true;
    }
}
