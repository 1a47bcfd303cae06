using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>
/// A thread's registration with rseq(2): a piece of its memory in which the kernel keeps the number of the processor that
/// it runs on, and in which the thread names the critical section that it is in. Where a thread has lost its processor in
/// such a section, it goes on at the section's abort handler. Only the thread itself uses it.
/// </summary>
/// <remarks>Linux: Documentation/userspace-api/rseq, linux/rseq.h; as in 6.1, whose area has 32 bytes.</remarks>
internal struct RestartableSequence
{
    /// <summary>sizeof(struct rseq), and its alignment.</summary>
    internal const uint AreaSize = 32;

    private const uint UninitializedProcessor = uint.MaxValue;
    private const ulong SectionOffset = 8;
    private const ulong FlagsOffset = 16;

    private UserAddress _area;
    private uint _signature;

    /// <summary>The switches to the thread that the area knows of; see <see cref="UserContext.Switches"/>.</summary>
    private int _seenSwitches;

    /// <summary>struct rseq's first fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Processors(uint AtStart, uint Current);

    /// <summary>struct rseq_cs.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Section(uint Version, uint Flags, ulong Start, ulong Length, ulong Abort);

    /// <summary>Whether there is an area.</summary>
    internal readonly bool IsRegistered => !_area.IsNull;

    /// <summary>Whether the thread was switched to since the area was last seen to.</summary>
    internal readonly bool IsStale(UserContext context) => IsRegistered && context.Switches != _seenSwitches;

    /// <summary>Begins with an area.</summary>
    /// <returns>EINVAL for another area than the present one, a bad length or alignment; EPERM for another signature; EBUSY; EFAULT.</returns>
    internal Errno Register(UserThread thread, UserAddress area, uint length, uint signature)
    {
        if (IsRegistered)
        {
            return area != _area || length != AreaSize ? Errno.EINVAL : signature != _signature ? Errno.EPERM : Errno.EBUSY;
        }

        if (area.Value % AreaSize != 0 || length != AreaSize)
        {
            return Errno.EINVAL;
        }

        if (area.IsNull || !UserLayout.IsUserRange(area.Value, AreaSize))
        {
            return Errno.EFAULT;
        }

        _area = area;
        _signature = signature;
        Begin(thread);
        return Errno.None;
    }

    /// <summary>Takes an area back.</summary>
    /// <returns>EINVAL for what is not the area; EPERM for another signature; EFAULT.</returns>
    internal Errno Unregister(UserThread thread, UserAddress area, uint length, uint signature)
    {
        if (!IsRegistered || area != _area || length != AreaSize)
        {
            return Errno.EINVAL;
        }

        if (signature != _signature)
        {
            return Errno.EPERM;
        }

        Errno error = thread.Memory.Write(_area, new Processors(0, UninitializedProcessor));
        if (error == Errno.None)
        {
            Forget(thread);
        }

        return error;
    }

    /// <summary>On the thread itself: has what the area says brought up to date before user mode, from now on whenever that is needed.</summary>
    internal readonly void Begin(UserThread thread)
    {
        if (IsRegistered)
        {
            thread.Context.WatchSwitches(true);
            thread.AddOwnWork(ThreadWork.Sequence);
        }
    }

    /// <summary>execve, or the thread ends.</summary>
    internal void Forget(UserThread thread)
    {
        if (IsRegistered)
        {
            thread.Context.WatchSwitches(false);
            this = default;
        }
    }

    /// <summary>Brings the area up to date before user mode is entered; a thread whose area is bad gets SIGSEGV.</summary>
    internal void Update(UserThread thread, ref UserRegisters registers)
    {
        if (!IsRegistered)
        {
            return;
        }

        // Read first: a switch hereafter has the next entry come back.
        _seenSwitches = thread.Context.Switches;
        uint processor = (uint)thread.Process.Machine.CurrentProcessor;
        if (!TryLeaveSection(thread, ref registers) || thread.Memory.Write(_area, new Processors(processor, processor)) != Errno.None)
        {
            thread.Process.Signals.SendFault(thread, SignalInfo.FromKernel(SignalNumber.SIGSEGV));
        }
    }

    /// <summary>A signal's handler is about to run: it interrupts a section for good. False where the section is bad.</summary>
    internal readonly bool TryLeaveSection(UserThread thread, ref UserRegisters registers)
    {
        if (!IsRegistered)
        {
            return true;
        }

        var pointer = new UserAddress(_area.Value + SectionOffset);
        if (!thread.Memory.Read<ulong>(pointer).TryGet(out ulong address, out _))
        {
            return false;
        }

        if (address == 0)
        {
            return true;
        }

        if (!thread.Memory.Read<Section>(new UserAddress(address)).TryGet(out Section section, out _) || !IsValid(thread, section))
        {
            return false;
        }

        bool isIn = registers.Rip - section.Start < section.Length;
        if (isIn && (section.Flags != 0 || !thread.Memory.Read<uint>(new UserAddress(_area.Value + FlagsOffset)).TryGet(out uint flags, out _) || flags != 0))
        {
            return false;
        }

        if (thread.Memory.Write(pointer, 0UL) != Errno.None)
        {
            return false;
        }

        registers.Rip = isIn ? section.Abort : registers.Rip;
        return true;
    }

    /// <summary>The signature before the abort handler keeps a section from sending the thread anywhere.</summary>
    private readonly bool IsValid(UserThread thread, in Section section)
    {
        const uint SignatureSize = sizeof(uint);
        bool isWithin = section.Start < UserLayout.End && section.Length < UserLayout.End && section.Start + section.Length < UserLayout.End;
        return isWithin
            && section.Version == 0
            && section.Abort is >= SignatureSize and < UserLayout.End
            && section.Abort - section.Start >= section.Length
            && thread.Memory.Read<uint>(new UserAddress(section.Abort - SignatureSize)).TryGet(out uint signature, out _)
            && signature == _signature;
    }
}
