namespace Levitate.Floor;

/// <summary>The processor's I/O ports.</summary>
public static class PortIO
{
    /// <summary>Reads a byte.</summary>
    public static byte In8(ushort port) => Asm.In8(port);

    /// <summary>Reads a word.</summary>
    public static ushort In16(ushort port) => Asm.In16(port);

    /// <summary>Reads a double word.</summary>
    public static uint In32(ushort port) => Asm.In32(port);

    /// <summary>Writes a byte.</summary>
    public static void Out8(ushort port, byte value) => Asm.Out8(port, value);

    /// <summary>Writes a word.</summary>
    public static void Out16(ushort port, ushort value) => Asm.Out16(port, value);

    /// <summary>Writes a double word.</summary>
    public static void Out32(ushort port, uint value) => Asm.Out32(port, value);
}
