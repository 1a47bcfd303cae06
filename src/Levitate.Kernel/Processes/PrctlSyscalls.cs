using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>prctl's operations.</summary>
/// <remarks>Linux: prctl(2).</remarks>
internal enum ProcessControl
{
    PR_SET_PDEATHSIG = 1,
    PR_GET_PDEATHSIG = 2,
    PR_GET_DUMPABLE = 3,
    PR_SET_DUMPABLE = 4,
    PR_GET_KEEPCAPS = 7,
    PR_SET_KEEPCAPS = 8,
    PR_GET_TIMING = 13,
    PR_SET_TIMING = 14,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_GET_SECCOMP = 21,
    PR_CAPBSET_READ = 23,
    PR_CAPBSET_DROP = 24,
    PR_GET_TSC = 25,
    PR_SET_TSC = 26,
    PR_GET_SECUREBITS = 27,
    PR_SET_SECUREBITS = 28,
    PR_SET_TIMERSLACK = 29,
    PR_GET_TIMERSLACK = 30,
    PR_SET_CHILD_SUBREAPER = 36,
    PR_GET_CHILD_SUBREAPER = 37,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39,
    PR_GET_TID_ADDRESS = 40,
    PR_SET_THP_DISABLE = 41,
    PR_GET_THP_DISABLE = 42,
    PR_CAP_AMBIENT = 47,
    PR_GET_AUXV = 0x41555856,
}

/// <summary>prctl.</summary>
internal static class PrctlSyscalls
{
    private const int NameSize = 16;
    private const int TscEnabled = 1;

    /// <summary>Reads and sets attributes of the process.</summary>
    /// <returns>By operation; EINVAL for an unknown one or for arguments that must be zero; EPERM; EFAULT.</returns>
    /// <remarks>Linux: prctl(2).</remarks>
    [Syscall(157, Unsupported = "PR_SET_TSC but to allow it, PR_SET_SECCOMP, PR_SET_MM, PR_SET_VMA, PR_SCHED_CORE and what is not listed: EINVAL, as without CONFIG")]
    internal static SyscallResult Prctl(UserThread caller, ProcessControl operation, ulong argument2, ulong argument3, ulong argument4, ulong argument5)
    {
        Process process = caller.Process;
        bool restIsZero = argument3 == 0 && argument4 == 0 && argument5 == 0;
        var address = new UserAddress(argument2);
        switch (operation)
        {
            case ProcessControl.PR_SET_PDEATHSIG:
                return SetIf(argument2 <= SignalNumber.Maximum, () => process.ParentDeathSignal = (int)argument2);
            case ProcessControl.PR_GET_PDEATHSIG:
                return caller.Memory.Write(address, process.ParentDeathSignal);
            case ProcessControl.PR_GET_DUMPABLE:
                return process.IsDumpable ? 1 : 0;
            case ProcessControl.PR_SET_DUMPABLE:
                return SetIf(argument2 <= 1, () => process.IsDumpable = argument2 == 1);
            case ProcessControl.PR_GET_KEEPCAPS:
                return caller.Credentials.Has(SecureBits.KEEP_CAPS) ? 1 : 0;
            case ProcessControl.PR_SET_KEEPCAPS:
                return KeepCapabilities(caller, argument2);
            case ProcessControl.PR_GET_SECUREBITS:
                return (long)caller.Credentials.SecureBits;
            case ProcessControl.PR_SET_SECUREBITS:
                return SetSecureBits(caller, argument2);
            case ProcessControl.PR_GET_TIMING or ProcessControl.PR_GET_SECCOMP:
                return SyscallResult.Success;
            case ProcessControl.PR_SET_TIMING:
                return argument2 == 0 ? SyscallResult.Success : Errno.EINVAL;
            case ProcessControl.PR_SET_NAME:
                return SetName(caller, address);
            case ProcessControl.PR_GET_NAME:
                return GetName(caller, address);
            case ProcessControl.PR_GET_TSC:
                return caller.Memory.Write(address, TscEnabled);
            case ProcessControl.PR_SET_TSC:
                return argument2 == TscEnabled ? SyscallResult.Success : Errno.EINVAL;
            case ProcessControl.PR_GET_TIMERSLACK:
                return caller.TimerSlack;
            case ProcessControl.PR_SET_TIMERSLACK:
                caller.SetTimerSlack((long)argument2);
                return SyscallResult.Success;
            case ProcessControl.PR_SET_THP_DISABLE:
                return SetIf(restIsZero, () => process.RefusesHugePages = argument2 != 0);
            case ProcessControl.PR_GET_THP_DISABLE:
                return argument2 != 0 || !restIsZero ? Errno.EINVAL : process.RefusesHugePages ? 1 : 0;
            case ProcessControl.PR_GET_AUXV:
                return argument4 != 0 || argument5 != 0 ? Errno.EINVAL : GetAuxiliaryVector(caller, address, argument3);
            case ProcessControl.PR_SET_CHILD_SUBREAPER:
                process.IsSubreaper = argument2 != 0;
                return SyscallResult.Success;
            case ProcessControl.PR_GET_CHILD_SUBREAPER:
                return caller.Memory.Write(address, process.IsSubreaper ? 1 : 0);
            case ProcessControl.PR_SET_NO_NEW_PRIVS:
                return SetIf(argument2 == 1 && restIsZero, () => caller.Credentials = caller.Credentials with { NoNewPrivileges = true });
            case ProcessControl.PR_GET_NO_NEW_PRIVS:
                return argument2 != 0 || !restIsZero ? Errno.EINVAL : caller.Credentials.NoNewPrivileges ? 1 : 0;
            case ProcessControl.PR_GET_TID_ADDRESS:
                return caller.Memory.Write(address, caller.ClearChildThreadId.Value);
            case ProcessControl.PR_CAPBSET_READ:
                return argument2 > (ulong)Capability.CAP_CHECKPOINT_RESTORE ? Errno.EINVAL : (long)((caller.Credentials.BoundingCapabilities >> (int)argument2) & 1);
            case ProcessControl.PR_CAPBSET_DROP:
                return DropBounding(caller, argument2);
            case ProcessControl.PR_CAP_AMBIENT:
                return ChangeAmbient(caller, argument2, argument3, argument4 == 0 && argument5 == 0);
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult SetIf(bool isValid, Action set)
    {
        if (!isValid)
        {
            return Errno.EINVAL;
        }

        set();
        return SyscallResult.Success;
    }

    private static SyscallResult KeepCapabilities(UserThread caller, ulong keep)
    {
        Credentials old = caller.Credentials;
        if (keep > 1 || old.Has(SecureBits.KEEP_CAPS_LOCKED))
        {
            return keep > 1 ? Errno.EINVAL : Errno.EPERM;
        }

        caller.Credentials = old with { SecureBits = keep != 0 ? old.SecureBits | SecureBits.KEEP_CAPS : old.SecureBits & ~SecureBits.KEEP_CAPS };
        return SyscallResult.Success;
    }

    /// <summary>No bit that is locked changes, no lock is opened.</summary>
    private static SyscallResult SetSecureBits(UserThread caller, ulong wanted)
    {
        const ulong All = (ulong)SecureBits.All, Locks = All << 1;
        Credentials old = caller.Credentials;
        ulong present = (ulong)old.SecureBits;
        bool isAllowed = (((present & Locks) >> 1) & (present ^ wanted)) == 0 && (present & Locks & ~wanted) == 0 && (wanted & ~(All | Locks)) == 0;
        if (!isAllowed || !old.Has(Capability.CAP_SETPCAP))
        {
            return Errno.EPERM;
        }

        caller.Credentials = old with { SecureBits = (SecureBits)wanted };
        return SyscallResult.Success;
    }

    /// <summary>The auxiliary vector as the program got it, as far as there is room; returns its length.</summary>
    private static SyscallResult GetAuxiliaryVector(UserThread caller, UserAddress address, ulong size)
    {
        byte[] vector = caller.Process.AuxiliaryVector;
        Errno error = caller.Memory.Write(address, vector.AsSpan(0, (int)Math.Min(size, (ulong)vector.Length)));
        return error != Errno.None ? error : vector.Length;
    }

    private static Errno SetName(UserThread caller, UserAddress address)
    {
        Span<byte> name = stackalloc byte[NameSize];
        name.Clear();
        int length = 0;
        while (length < NameSize - 1)
        {
            if (!caller.Memory.Read<byte>(address + (ulong)length).TryGet(out name[length], out Errno error))
            {
                return error;
            }

            if (name[length] == 0)
            {
                break;
            }

            length++;
        }

        caller.Name = name[..length].ToArray();
        return Errno.None;
    }

    private static Errno GetName(UserThread caller, UserAddress address)
    {
        Span<byte> name = stackalloc byte[NameSize];
        name.Clear();
        caller.Name.CopyTo(name);
        return caller.Memory.Write(address, name);
    }

    private static Errno DropBounding(UserThread caller, ulong capability)
    {
        if (!caller.Credentials.Has(Capability.CAP_SETPCAP))
        {
            return Errno.EPERM;
        }

        if (capability > (ulong)Capability.CAP_CHECKPOINT_RESTORE)
        {
            return Errno.EINVAL;
        }

        caller.Credentials = caller.Credentials with { BoundingCapabilities = caller.Credentials.BoundingCapabilities & ~(1UL << (int)capability) };
        return Errno.None;
    }

    /// <summary>PR_CAP_AMBIENT_IS_SET (1), RAISE (2), LOWER (3), CLEAR_ALL (4).</summary>
    private static SyscallResult ChangeAmbient(UserThread caller, ulong operation, ulong capability, bool restIsZero)
    {
        Credentials old = caller.Credentials;
        if (operation == 4 && capability == 0 && restIsZero)
        {
            caller.Credentials = old with { AmbientCapabilities = 0 };
            return SyscallResult.Success;
        }

        if (operation is < 1 or > 3 || capability > (ulong)Capability.CAP_CHECKPOINT_RESTORE || !restIsZero)
        {
            return Errno.EINVAL;
        }

        ulong bit = 1UL << (int)capability;
        switch (operation)
        {
            case 1:
                return (old.AmbientCapabilities & bit) != 0 ? 1 : 0;
            case 2 when (old.PermittedCapabilities & old.InheritableCapabilities & bit) == 0 || old.Has(SecureBits.NO_CAP_AMBIENT_RAISE):
                return Errno.EPERM;
            case 2:
                caller.Credentials = old with { AmbientCapabilities = old.AmbientCapabilities | bit };
                return SyscallResult.Success;
            default:
                caller.Credentials = old with { AmbientCapabilities = old.AmbientCapabilities & ~bit };
                return SyscallResult.Success;
        }
    }
}
