using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Loader;

/// <summary>Carries a load plan out in a new address space. Segments are mapped and come in page by page on demand; nothing is copied but the initial stack and the zeros behind the data.</summary>
internal static class ImageBuilder
{
    private const PageAccess All = PageAccess.Read | PageAccess.Write | PageAccess.Execute;

    /// <summary>How much stack is there from the start, below what the arguments take (Linux: stack_expand).</summary>
    private const ulong InitialStackRoom = 128 << 10;

    private static readonly byte[] s_zeros = new byte[PageSize.Bytes];

    /// <summary>Makes the new program's memory.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="program">The program, made ready without a refusal.</param>
    /// <param name="stack">The top of its stack.</param>
    /// <param name="vdso">What it reads clocks with; null: system calls.</param>
    /// <param name="predecessor">The old program's memory; its limits go over to the new.</param>
    /// <returns>The memory with one reference; ENOMEM; ENOEXEC or ELIBBAD where a file shrank meanwhile.</returns>
    public static LoadResult<AddressSpace> Build(IMachine machine, PreparedProgram<IExecutableFile> program, InitialStack stack, Vdso? vdso, AddressSpace predecessor)
    {
        if (!AddressSpace.Create(machine).TryGet(out AddressSpace? space, out Errno error))
        {
            return Refuse(error);
        }

        space.StackLimit = predecessor.StackLimit;
        space.AddressSpaceLimit = predecessor.AddressSpaceLimit;
        space.DataLimit = predecessor.DataLimit;
        space.LockedLimit = predecessor.LockedLimit;
        space.SetProgramFile(program.ProgramFile!);
        LoadPlan plan = program.Plan!;
        bool isBuilt = false;
        try
        {
            LoadRefusal? refusal = MapStack(space, plan, stack)
                ?? (vdso is null || vdso.Map(space) == Errno.None ? null : Refuse(Errno.ENOMEM))
                ?? MapImage(space, plan.Program, program.ProgramFile!)
                ?? (plan.Interpreter is null ? null : MapImage(space, plan.Interpreter, program.InterpreterFile!));
            if (refusal is not null)
            {
                return refusal;
            }

            space.SetProgramBreakStart(plan.BreakStart);
            space.SetLayout(plan.Program.GetLayout(stack.Pointer));
            isBuilt = true;
            return space;
        }
        finally
        {
            // An exception, too, must not cost the frames: the kernel's own memory may have run out.
            if (!isBuilt)
            {
                space.Release();
            }
        }
    }

    private static LoadRefusal? MapStack(AddressSpace space, LoadPlan plan, InitialStack stack)
    {
        ulong used = UserLayout.StackTop - stack.Pointer.PageStart.Value;
        ulong length = Math.Max(used, Math.Min(used + InitialStackRoom, space.StackLimit & ~(ulong)(PageSize.Bytes - 1)));
        PageAccess access = PageAccess.Read | PageAccess.Write | (plan.HasExecutableStack ? PageAccess.Execute : 0);
        Result<UserAddress> mapped = space.Map(
            new(UserLayout.StackTop - length),
            length,
            access,
            All,
            MappingOptions.Fixed | MappingOptions.GrowsDown | MappingOptions.InitialStack,
            file: null,
            fileOffset: 0);
        Errno error = mapped.Succeeded ? space.WriteRemote(stack.Pointer, stack.Content) : mapped.Error;
        return error == Errno.None ? null : Refuse(error);
    }

    private static LoadRefusal? MapImage(AddressSpace space, ImagePlacement image, IExecutableFile file)
    {
        foreach (SegmentPlacement segment in image.Segments)
        {
            Errno error = MapSegment(space, segment, file);
            if (error != Errno.None)
            {
                return error == Errno.ENOMEM
                    ? Refuse(error)
                    : image.Image.Malformed($"segment {segment.HeaderIndex} cannot be mapped ({error})");
            }
        }

        return null;
    }

    private static Errno MapSegment(AddressSpace space, SegmentPlacement segment, IExecutableFile file)
    {
        if (segment.FileLength != 0)
        {
            Errno error = space.Map(segment.Start, segment.FileLength, segment.Access, All, MappingOptions.Fixed, file, segment.FileOffset).Error;
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (segment.ZeroLength != 0)
        {
            Errno error = space.WriteRemote(segment.ZeroStart, s_zeros.AsSpan(0, (int)segment.ZeroLength));
            if (error != Errno.None)
            {
                return error;
            }
        }

        return segment.AnonymousLength == 0
            ? Errno.None
            : space.Map(segment.AnonymousStart, segment.AnonymousLength, segment.AnonymousAccess, All, MappingOptions.Fixed, file: null, fileOffset: 0).Error;
    }

    private static LoadRefusal Refuse(Errno error) => new(error, "there is not enough memory for it");
}
