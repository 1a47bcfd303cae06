using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Signals;

/// <summary>sigaltstack's rules.</summary>
/// <remarks>Linux: sigaltstack(2).</remarks>
internal static class AlternateStack
{
    private const int SS_ONSTACK = 1;
    private const int SS_DISABLE = 2;
    private const int SS_AUTODISARM = unchecked((int)0x8000_0000);
    private const ulong MINSIGSTKSZ = 2048;

    /// <summary>The present stack, as the user sees it.</summary>
    internal static SignalStack Get(UserThread thread, ulong stackPointer)
    {
        ThreadSignals signals = thread.Signals;
        int flags = signals.AlternateStackSize == 0 ? SS_DISABLE : signals.IsOnAlternateStack(stackPointer) ? SS_ONSTACK : 0;
        return new SignalStack
        {
            Start = signals.AlternateStack,
            Size = signals.AlternateStackSize,
            Flags = flags | (signals.AlternateStackAutoDisarm ? SS_AUTODISARM : 0),
        };
    }

    /// <summary>Sets it: EPERM while it is in use, EINVAL for unknown flags, ENOMEM when too small.</summary>
    internal static Errno Set(UserThread thread, in SignalStack stack, ulong stackPointer)
    {
        ThreadSignals signals = thread.Signals;
        if (signals.AlternateStackSize != 0 && signals.IsOnAlternateStack(stackPointer))
        {
            return Errno.EPERM;
        }

        int mode = stack.Flags & ~SS_AUTODISARM;
        if (mode is not (SS_DISABLE or SS_ONSTACK or 0))
        {
            return Errno.EINVAL;
        }

        if (mode == SS_DISABLE)
        {
            // The flag stays, as Linux keeps it: it is told, and of no effect.
            signals.DisableAlternateStack();
            signals.AlternateStackAutoDisarm = (stack.Flags & SS_AUTODISARM) != 0;
            return Errno.None;
        }

        if (stack.Size < MINSIGSTKSZ)
        {
            return Errno.ENOMEM;
        }

        signals.AlternateStack = stack.Start;
        signals.AlternateStackSize = stack.Size;
        signals.AlternateStackAutoDisarm = (stack.Flags & SS_AUTODISARM) != 0;
        return Errno.None;
    }
}
