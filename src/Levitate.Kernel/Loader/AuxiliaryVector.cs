using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Loader;

/// <summary>The values of the auxiliary vector that do not follow from the files.</summary>
/// <param name="Credentials">AT_UID, AT_EUID, AT_GID, AT_EGID: as they are after the exec.</param>
/// <param name="IsSecure">AT_SECURE: the exec gained privileges.</param>
/// <param name="HardwareCapabilities">AT_HWCAP.</param>
/// <param name="HardwareCapabilities2">AT_HWCAP2.</param>
/// <param name="MinimumSignalStackSize">AT_MINSIGSTKSZ in bytes.</param>
/// <param name="VdsoAddress">AT_SYSINFO_EHDR; null where there is no vDSO.</param>
internal readonly record struct AuxiliaryEnvironment(
    Processes.Credentials Credentials,
    bool IsSecure,
    uint HardwareCapabilities,
    uint HardwareCapabilities2,
    ulong MinimumSignalStackSize,
    ulong? VdsoAddress);

/// <summary>Where the strings lie that the auxiliary vector points to.</summary>
/// <param name="Random">16 random bytes.</param>
/// <param name="Platform">"x86_64".</param>
/// <param name="FileName">The path given to execve.</param>
internal readonly record struct AuxiliaryStrings(UserAddress Random, UserAddress Platform, UserAddress FileName);

/// <summary>An entry of the auxiliary vector.</summary>
/// <param name="Key">AT_...</param>
/// <param name="Value">Its value.</param>
public readonly record struct AuxiliaryEntry(AuxiliaryVectorKey Key, ulong Value);

/// <summary>Makes the auxiliary vector, in Linux's order.</summary>
/// <remarks>
/// Linux: getauxval(3), fs/binfmt_elf.c (create_elf_tables). musl takes a program for a set-uid one when the UID, GID or
/// SECURE entries are missing. AT_RSEQ_* are absent, as on a Linux without restartable sequences.
/// </remarks>
internal static class AuxiliaryVector
{
    /// <summary>Clock ticks a second, as times(2) and /proc count them.</summary>
    public const ulong ClockTicksPerSecond = 100;

    /// <summary>AT_MINSIGSTKSZ: what the frame of a signal takes at most, in bytes.</summary>
    /// <param name="vectorStateLength">Bytes of the XSAVE area.</param>
    /// <remarks>The red zone, the frame, the vector state with its end marker, and the alignment of both.</remarks>
    public static ulong MinimumSignalStackSize(int vectorStateLength)
    {
        const int RedZone = 128, FrameAlignment = 16, VectorAlignment = 64;
        int size = RedZone + SignalFrame.Size + FrameAlignment + vectorStateLength + SignalVectorState.TrailerSize + VectorAlignment;
        return (ulong)((size + FrameAlignment - 1) & ~(FrameAlignment - 1));
    }

    /// <summary>The entries, AT_NULL last.</summary>
    public static List<AuxiliaryEntry> Build(LoadPlan plan, in AuxiliaryEnvironment environment, in AuxiliaryStrings strings)
    {
        var entries = new List<AuxiliaryEntry>(24);
        if (environment.VdsoAddress is ulong vdso)
        {
            entries.Add(new(AuxiliaryVectorKey.AT_SYSINFO_EHDR, vdso));
        }

        entries.Add(new(AuxiliaryVectorKey.AT_MINSIGSTKSZ, environment.MinimumSignalStackSize));
        entries.Add(new(AuxiliaryVectorKey.AT_HWCAP, environment.HardwareCapabilities));
        entries.Add(new(AuxiliaryVectorKey.AT_PAGESZ, PageSize.Bytes));
        entries.Add(new(AuxiliaryVectorKey.AT_CLKTCK, ClockTicksPerSecond));
        entries.Add(new(AuxiliaryVectorKey.AT_PHDR, plan.ProgramHeaderAddress.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_PHENT, ElfProgramHeader.Size));
        entries.Add(new(AuxiliaryVectorKey.AT_PHNUM, plan.Program.Image.Header.ProgramHeaderCount));
        entries.Add(new(AuxiliaryVectorKey.AT_BASE, plan.InterpreterBase.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_FLAGS, 0));
        entries.Add(new(AuxiliaryVectorKey.AT_ENTRY, plan.Program.Entry.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_UID, environment.Credentials.RealUserId));
        entries.Add(new(AuxiliaryVectorKey.AT_EUID, environment.Credentials.EffectiveUserId));
        entries.Add(new(AuxiliaryVectorKey.AT_GID, environment.Credentials.RealGroupId));
        entries.Add(new(AuxiliaryVectorKey.AT_EGID, environment.Credentials.EffectiveGroupId));
        entries.Add(new(AuxiliaryVectorKey.AT_SECURE, environment.IsSecure ? 1UL : 0UL));
        entries.Add(new(AuxiliaryVectorKey.AT_RANDOM, strings.Random.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_HWCAP2, environment.HardwareCapabilities2));
        entries.Add(new(AuxiliaryVectorKey.AT_EXECFN, strings.FileName.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_PLATFORM, strings.Platform.Value));
        entries.Add(new(AuxiliaryVectorKey.AT_NULL, 0));
        return entries;
    }

    /// <summary>The entries as they lie in memory: pairs of 64-bit words.</summary>
    public static byte[] Serialize(IReadOnlyList<AuxiliaryEntry> entries)
    {
        byte[] bytes = new byte[entries.Count * 16];
        for (int i = 0; i < entries.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 16), (ulong)entries[i].Key);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 16 + 8), entries[i].Value);
        }

        return bytes;
    }
}
