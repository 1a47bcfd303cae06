using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Loader;

/// <summary>
/// Where everything of a new program goes. It follows from the files' headers alone: the same plan is carried out by the
/// kernel and shown by <c>levitate inspect</c>. There is no address space randomization.
/// </summary>
public sealed class LoadPlan
{
    private const ulong OtherInterpreterBase = 0x7000_0000_0000;

    private LoadPlan(ImagePlacement program, ImagePlacement? interpreter)
    {
        Program = program;
        Interpreter = interpreter;
    }

    /// <summary>The main program.</summary>
    public ImagePlacement Program { get; }

    /// <summary>The dynamic linker; null for a static program.</summary>
    public ImagePlacement? Interpreter { get; }

    /// <summary>Where user mode is entered: the interpreter's entry point if there is one, or else the program's.</summary>
    public UserAddress Entry => (Interpreter ?? Program).Entry;

    /// <summary>AT_BASE: what the interpreter's addresses are relative to, or 0 without an interpreter.</summary>
    public UserAddress InterpreterBase => new(Interpreter?.Bias ?? 0);

    /// <summary>AT_PHDR: where the main program's program headers lie in memory.</summary>
    public UserAddress ProgramHeaderAddress => Program.ProgramHeaders;

    /// <summary>Where the heap begins: the first page past the main program.</summary>
    public UserAddress BreakStart => Program.End;

    /// <summary>Whether the stack is executable; the main program decides.</summary>
    public bool HasExecutableStack => Program.Image.WantsExecutableStack;

    /// <summary>Plans a program and its interpreter.</summary>
    /// <returns>ENOEXEC for what is wrong with the program, ELIBBAD for the interpreter. (Linux finds these out when the old program is gone, and kills the process.)</returns>
    public static LoadResult<LoadPlan> Create(ElfImage program, ElfImage? interpreter)
    {
        if (!ImagePlacement.Create(program, UserLayout.ProgramBase).TryGet(out ImagePlacement? main, out LoadRefusal? refusal))
        {
            return refusal;
        }

        ImagePlacement? linker = null;
        if (interpreter is not null && !PlaceInterpreter(interpreter, main).TryGet(out linker, out refusal))
        {
            return refusal;
        }

        var plan = new LoadPlan(main, linker);
        return plan.Entry.Value < UserLayout.End
            ? plan
            : (interpreter ?? program).Malformed($"its entry point {plan.Entry} lies outside user space");
    }

    /// <summary>Puts the interpreter at its usual base, or at the other where a fixed program lies there already.</summary>
    private static LoadResult<ImagePlacement> PlaceInterpreter(ElfImage interpreter, ImagePlacement program)
    {
        LoadResult<ImagePlacement> placed = ImagePlacement.Create(interpreter, UserLayout.InterpreterBase);
        if (placed.TryGet(out ImagePlacement? placement, out _) && placement.Overlaps(program))
        {
            placed = ImagePlacement.Create(interpreter, OtherInterpreterBase);
            if (placed.TryGet(out placement, out _) && placement.Overlaps(program))
            {
                return interpreter.Malformed($"its memory at 0x{placement.Start.Value:x} is the program's already");
            }
        }

        return placed;
    }
}
