using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

/// <summary>How large an address space is, in pages.</summary>
/// <param name="Mapped">All that is mapped (VmSize).</param>
/// <param name="PeakMapped">The most that was mapped at once (VmPeak).</param>
/// <param name="Resident">What has a frame (VmRSS).</param>
/// <param name="PeakResident">The most that had one at once (VmHWM).</param>
/// <param name="Data">What is private and writable, but no stack (VmData).</param>
/// <param name="Stack">Mappings that grow down (VmStk).</param>
/// <param name="Program">Code of the program itself (VmExe).</param>
/// <param name="Libraries">Other code (VmLib).</param>
/// <param name="Locked">What is locked by mlock (VmLck).</param>
/// <param name="Tables">The page tables themselves (VmPTE).</param>
/// <remarks>Linux: proc(5), /proc/[pid]/status.</remarks>
public readonly record struct AddressSpaceSizes(
    long Mapped, long PeakMapped, long Resident, long PeakResident, long Data, long Stack, long Program, long Libraries, long Locked, long Tables);

/// <summary>Where the parts of a program lie, as addresses: the first byte, the first past; those of code and data as its file has them.</summary>
/// <param name="CodeStart">Code.</param>
/// <param name="CodeEnd">Code.</param>
/// <param name="DataStart">The last segment.</param>
/// <param name="DataEnd">All segments.</param>
/// <param name="StackStart">The stack pointer that it began with.</param>
/// <remarks>Linux: proc(5), /proc/[pid]/stat, fields 26 to 28 and 45 to 46.</remarks>
public readonly record struct ProgramLayout(ulong CodeStart, ulong CodeEnd, ulong DataStart, ulong DataEnd, ulong StackStart);

// What is told of an address space as a whole.
public sealed partial class AddressSpace
{
    /// <summary>How large it is.</summary>
    public AddressSpaceSizes Sizes
    {
        get
        {
            using (_lock.Enter())
            {
                ulong codeBytes = RoundUpToPage(_layout.CodeEnd) - new UserAddress(_layout.CodeStart).PageStart.Value;
                long program = Math.Min((long)(codeBytes >> PageSize.Shift), _codePages);
                return new AddressSpaceSizes(
                    _mappedPages,
                    Math.Max(_peakMappedPages, _mappedPages),
                    _residentPages,
                    Math.Max(_peakResidentPages, _residentPages),
                    _dataPages,
                    _stackPages,
                    program,
                    _codePages - program,
                    _lockedPages,
                    _pageTable.CountTables());
            }
        }
    }

    /// <summary>Where the parts of the program lie, and where its heap begins.</summary>
    public (ProgramLayout Program, ulong BreakStart) Layout
    {
        get
        {
            using (_lock.Enter())
            {
                return (_layout, _breakStart);
            }
        }
    }

    /// <summary>Says where the parts of its program lie (the loader, of a new address space).</summary>
    internal void SetLayout(in ProgramLayout layout)
    {
        using (_lock.Enter())
        {
            _layout = layout;
        }
    }
}
