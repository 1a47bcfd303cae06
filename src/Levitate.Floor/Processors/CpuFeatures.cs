namespace Levitate.Floor;

/// <summary>Turns on what the kernel needs of a processor, and says what it found.</summary>
public static unsafe class CpuFeatures
{
    private const uint Efer = 0xc0000080;
    private const uint TscAux = 0xc0000103;
    private const ulong Cr4Umip = 1 << 11;
    private const ulong Cr4FsGsBase = 1 << 16;
    private const ulong Cr4Xsave = 1 << 18;
    private const ulong Cr4Smep = 1 << 20;
    private const ulong Cr4Smap = 1 << 21;

    /// <summary>x87, SSE, AVX and AVX-512: the state components that the kernel saves and programs may use.</summary>
    private const ulong SupportedComponents = 0xe7;

    /// <summary>What the boot CPU's cr4 is; that of all others, too.</summary>
    private static ulong s_cr4;

    /// <summary>The enabled state components (XCR0).</summary>
    public static ulong VectorComponents { get; private set; }

    /// <summary>Bytes of an XSAVE area for them.</summary>
    public static uint VectorAreaBytes { get; private set; }

    /// <summary>Whether RDRAND is there.</summary>
    public static bool HasRandom { get; private set; }

    /// <summary>Whether RDTSCP is there, which tells user mode the processor's number.</summary>
    public static bool HasProcessorNumber { get; private set; }

    /// <summary>Tells user mode the number of the processor that runs this.</summary>
    internal static void ShowProcessorNumber(int number)
    {
        if (HasProcessorNumber)
        {
            Asm.WriteMsr(TscAux, (ulong)number);
        }
    }

    /// <summary>Runs CPUID: eax, ebx, ecx, edx into <paramref name="registers"/>.</summary>
    public static void Cpuid(uint leaf, uint subleaf, uint* registers) => Asm.Cpuid(leaf, subleaf, registers);

    internal static void Initialize()
    {
        uint* registers = stackalloc uint[4];
        Asm.Cpuid(1, 0, registers);
        bool hasXsave = (registers[2] & (1u << 26)) != 0;
        HasRandom = (registers[2] & (1u << 30)) != 0;
        Asm.Cpuid(0x80000001, 0, registers);
        HasProcessorNumber = (registers[3] & (1u << 27)) != 0;
        Asm.Cpuid(7, 0, registers);
        bool hasFsGsBase = (registers[1] & 1) != 0;
        bool hasSmep = (registers[1] & (1u << 7)) != 0;
        bool hasSmap = (registers[1] & (1u << 20)) != 0;
        bool hasUmip = (registers[2] & (1u << 2)) != 0;
        if (!hasXsave || !hasFsGsBase)
        {
            Panic.Halt("this processor lacks XSAVE or FSGSBASE (QEMU: use -cpu max or -cpu host)"u8);
        }

        ulong cr4 = Asm.ReadCr4() | Cr4FsGsBase | Cr4Xsave;
        cr4 |= hasSmep ? Cr4Smep : 0;
        cr4 |= hasSmap ? Cr4Smap : 0;
        cr4 |= hasUmip ? Cr4Umip : 0;
        if (!hasSmap)
        {
            RemoveSmapInstructions();
        }

        s_cr4 = cr4;
        Asm.WriteCr4(cr4);
        Asm.Cpuid(13, 0, registers);
        VectorComponents = registers[0] & SupportedComponents;
        Asm.WriteXcr0(VectorComponents);
        *LinkSymbols.HasAvx() = (byte)((VectorComponents >> 2) & 1);
        Asm.Cpuid(13, 0, registers);
        VectorAreaBytes = (registers[1] + 63) & ~63u;
        *(ulong*)LinkSymbols.VectorAreaBytes() = VectorAreaBytes;
    }

    /// <summary>Gives another CPU what the boot CPU has. False where it is a lesser one.</summary>
    internal static bool TryInitializeSecondary()
    {
        Asm.WriteCr4(s_cr4);
        uint* registers = stackalloc uint[4];
        Asm.Cpuid(13, 0, registers);
        if ((registers[0] & VectorComponents) != VectorComponents)
        {
            return false;
        }

        Asm.WriteXcr0(VectorComponents);
        return true;
    }

    /// <summary>STAC and CLAC are invalid opcodes without SMAP: a three-byte NOP in the place of each. Runs before the image is write-protected.</summary>
    private static void RemoveSmapInstructions()
    {
        for (byte** site = (byte**)LinkSymbols.SmapSites(); site < (byte**)LinkSymbols.SmapSitesEnd(); site++)
        {
            (*site)[0] = 0x0f;
            (*site)[1] = 0x1f;
            (*site)[2] = 0x00;
        }
    }

    /// <summary>The entry of the SYSCALL instruction (Intel SDM volume 3, 5.8.8).</summary>
    internal static void SetSyscallEntry()
    {
        const uint Star = 0xc0000081;
        const uint Lstar = 0xc0000082;
        const uint SyscallMask = 0xc0000084;
        const ulong AllMaskableFlags = 0x257fd5;
        Asm.WriteMsr(Efer, Asm.ReadMsr(Efer) | 1);
        Asm.WriteMsr(Star, (0x10UL << 48) | (0x08UL << 32));
        Asm.WriteMsr(Lstar, (ulong)LinkSymbols.SyscallEntry());
        Asm.WriteMsr(SyscallMask, AllMaskableFlags);
    }
}
