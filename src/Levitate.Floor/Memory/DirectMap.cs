namespace Levitate.Floor;

/// <summary>All physical memory at one place of the kernel's half: RAM, and the devices below 4 GiB.</summary>
public static unsafe class DirectMap
{
    /// <summary>Where physical address 0 is mapped (page-table root slot 256).</summary>
    internal const ulong Base = 0xffff_8000_0000_0000;

    /// <summary>The kernel's own view of a physical address.</summary>
    public static byte* Pointer(ulong physicalAddress) => (byte*)(Base + physicalAddress);

    /// <summary>The bytes of a frame.</summary>
    public static byte* FramePointer(uint frame) => (byte*)(Base + ((ulong)frame << 12));
}
