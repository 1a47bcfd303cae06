using System.Runtime.InteropServices;

namespace Levitate.Floor.Runtime;

/// <summary>va_list of the System V ABI for x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VariadicArguments
{
    private const uint GeneralRegistersEnd = 48;
    private const uint VectorRegistersEnd = 176;

    private uint _generalOffset;
    private uint _vectorOffset;
    private byte* _overflow;
    private byte* _registers;

    /// <summary>The next integer or pointer.</summary>
    internal ulong NextInteger()
    {
        if (_generalOffset < GeneralRegistersEnd)
        {
            ulong value = *(ulong*)(_registers + _generalOffset);
            _generalOffset += 8;
            return value;
        }

        return NextOverflow();
    }

    /// <summary>The next double.</summary>
    internal double NextDouble()
    {
        if (_vectorOffset < VectorRegistersEnd)
        {
            double value = *(double*)(_registers + _vectorOffset);
            _vectorOffset += 16;
            return value;
        }

        ulong bits = NextOverflow();
        return *(double*)&bits;
    }

    private ulong NextOverflow()
    {
        ulong value = *(ulong*)_overflow;
        _overflow += 8;
        return value;
    }
}
