namespace Levitate.Kernel.Scheduling;

/// <summary>FUTEX_WAKE_OP's encoded operation: what to do to the word, and how to compare its old value.</summary>
/// <param name="Encoded">Operation (4 bits), comparison (4), operand (12), comparand (12); the operands are signed.</param>
/// <remarks>Linux: futex(2).</remarks>
internal readonly record struct FutexOperation(uint Encoded)
{
    private const uint ShiftOperand = 8;

    /// <summary>Whether the operation is a known one (else ENOSYS).</summary>
    internal bool IsKnown => (Kind & ~ShiftOperand) <= 4;

    /// <summary>Whether the comparison is a known one. Else the word is changed all the same, nobody is woken, and the answer is ENOSYS.</summary>
    internal bool HasKnownComparison => Comparison <= 5;

    private uint Kind => Encoded >> 28;

    private uint Comparison => (Encoded >> 24) & 15;

    private int Operand
    {
        get
        {
            int operand = (int)(Encoded << 8) >> 20;
            return (Kind & ShiftOperand) != 0 ? 1 << (operand & 31) : operand;
        }
    }

    private int Comparand => (int)(Encoded << 20) >> 20;

    /// <summary>The new value of a word.</summary>
    internal uint Apply(uint old)
    {
        var operand = unchecked((uint)Operand);
        return (Kind & ~ShiftOperand) switch
        {
            0 => operand,
            1 => unchecked(old + operand),
            2 => old | operand,
            3 => old & ~operand,
            _ => old ^ operand,
        };
    }

    /// <summary>Whether the old value compares.</summary>
    internal bool Compare(uint old)
    {
        int value = unchecked((int)old);
        return Comparison switch
        {
            0 => value == Comparand,
            1 => value != Comparand,
            2 => value < Comparand,
            3 => value <= Comparand,
            4 => value > Comparand,
            _ => value >= Comparand,
        };
    }
}
