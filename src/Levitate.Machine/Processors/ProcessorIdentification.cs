using System;
using System.Buffers.Binary;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Processors;

/// <summary>Asks the processor what it is (Intel SDM volume 2, CPUID).</summary>
internal static class ProcessorIdentification
{
    private const uint ExtendedLeaves = 0x8000_0000;

    /// <summary>AT_HWCAP2: user mode may use RDFSBASE and its kin (Linux: HWCAP2_FSGSBASE). The floor always turns them on.</summary>
    private const uint UserSegmentBases = 1 << 1;

    /// <summary>Identifies the calling CPU.</summary>
    internal static ProcessorInfo Identify(long timeStampHertz)
    {
        Registers vendor = Query(0);
        Registers signature = Query(1);
        int family = (int)((signature.Eax >> 8) & 0xf);
        int model = (int)((signature.Eax >> 4) & 0xf);
        if (family is 6 or 15)
        {
            model |= (int)((signature.Eax >> 12) & 0xf0);
        }

        if (family == 15)
        {
            family += (int)((signature.Eax >> 20) & 0xff);
        }

        return new ProcessorInfo(
            Text(vendor.Ebx, vendor.Edx, vendor.Ecx),
            ModelName(),
            family,
            model,
            (int)(signature.Eax & 0xf),
            timeStampHertz,
            signature.Edx,
            UserSegmentBases,
            new FlagList());
    }

    private static string ModelName()
    {
        if (Query(ExtendedLeaves).Eax < ExtendedLeaves + 4)
        {
            return "unknown";
        }

        Registers first = Query(ExtendedLeaves + 2);
        Registers second = Query(ExtendedLeaves + 3);
        Registers third = Query(ExtendedLeaves + 4);
        return Text(
            first.Eax, first.Ebx, first.Ecx, first.Edx,
            second.Eax, second.Ebx, second.Ecx, second.Edx,
            third.Eax, third.Ebx, third.Ecx, third.Edx).Trim();
    }

    private static string Text(params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[words.Length * sizeof(uint)];
        for (int index = 0; index < words.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(index * sizeof(uint))..], words[index]);
        }

        return Encoding.ASCII.GetString(bytes.TrimEnd((byte)0));
    }

    private static List<string> Flags()
    {
        uint leaves = Query(0).Eax;
        uint extendedLeaves = Query(ExtendedLeaves).Eax;
        Registers basic = Query(1);
        Registers extended = extendedLeaves > ExtendedLeaves ? Query(ExtendedLeaves + 1) : default;
        Registers structured = leaves >= 7 ? Query(7) : default;
        Registers saving = leaves >= 13 ? Query(13, 1) : default;
        Registers power = extendedLeaves >= ExtendedLeaves + 7 ? Query(ExtendedLeaves + 7) : default;

        // In the order of Linux's capability words.
        var flags = new List<string>(96);
        Add(flags, basic.Edx, ProcessorFeatures.BasicEdx);
        Add(flags, extended.Edx, ProcessorFeatures.ExtendedEdx);
        if ((power.Edx & (1 << 8)) != 0)
        {
            flags.Add("constant_tsc");
            flags.Add("nonstop_tsc");
        }

        flags.Add("nopl");
        flags.Add("cpuid");
        Add(flags, basic.Ecx, ProcessorFeatures.BasicEcx);
        Add(flags, extended.Ecx, ProcessorFeatures.ExtendedEcx);
        Add(flags, structured.Ebx, ProcessorFeatures.StructuredEbx);
        Add(flags, saving.Eax, ProcessorFeatures.SavingEax);
        Add(flags, structured.Ecx, ProcessorFeatures.StructuredEcx);
        Add(flags, structured.Edx, ProcessorFeatures.StructuredEdx);
        return flags;
    }

    private static void Add(List<string> flags, uint register, ReadOnlySpan<(int Bit, string Name)> names)
    {
        foreach ((int bit, string name) in names)
        {
            if ((register & (1u << bit)) != 0)
            {
                flags.Add(name);
            }
        }
    }

    private static Registers Query(uint leaf, uint subleaf = 0)
    {
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId((int)leaf, (int)subleaf);
        return new Registers((uint)eax, (uint)ebx, (uint)ecx, (uint)edx);
    }

    /// <summary>The flags, found out when first asked for: few programs do, and every start-up would pay for it.</summary>
    private sealed class FlagList : IReadOnlyList<string>
    {
        private readonly Lazy<List<string>> _flags = new(Flags);

        public int Count => _flags.Value.Count;

        public string this[int index] => _flags.Value[index];

        public IEnumerator<string> GetEnumerator() => _flags.Value.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private readonly record struct Registers(uint Eax, uint Ebx, uint Ecx, uint Edx);
}
