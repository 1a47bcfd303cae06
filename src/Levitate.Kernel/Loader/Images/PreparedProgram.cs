using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Loader;

/// <summary>Opens the files that a program consists of.</summary>
/// <typeparam name="TFile">What a file is: the kernel's executable file, or a file of the host.</typeparam>
public interface IImageOpener<TFile>
    where TFile : class, IImageReader, IDisposable
{
    /// <summary>Opens a program, script or interpreter for execution, with the errors of <c>FileSystemContext.OpenExecutable</c>.</summary>
    Result<TFile> Open(ReadOnlySpan<byte> path);

    /// <summary>For people: what denies a file that <see cref="Open"/> answered with EACCES, fit to follow its path.</summary>
    string DescribeDenial(ReadOnlySpan<byte> path);
}

/// <summary>
/// A program as it is made ready: its files opened, its headers read, its memory planned, and nothing carried out yet.
/// Filled step by step, so that after a refusal one still sees how far it came. Owns the open files.
/// </summary>
/// <typeparam name="TFile">What a file is.</typeparam>
public sealed class PreparedProgram<TFile> : IDisposable
    where TFile : class, IImageReader, IDisposable
{
    private readonly List<ScriptImage> _scripts = [];

    private PreparedProgram()
    {
    }

    /// <summary>The scripts on the way to the program, the one that was asked for first; mostly none.</summary>
    public IReadOnlyList<ScriptImage> Scripts => _scripts;

    /// <summary>The main program's file.</summary>
    public TFile? ProgramFile { get; private set; }

    /// <summary>The main program's headers.</summary>
    public ElfImage? Program { get; private set; }

    /// <summary>The path in PT_INTERP; null for a static program.</summary>
    public byte[]? InterpreterPath { get; private set; }

    /// <summary>The interpreter's file.</summary>
    public TFile? InterpreterFile { get; private set; }

    /// <summary>The interpreter's headers.</summary>
    public ElfImage? Interpreter { get; private set; }

    /// <summary>Where everything goes; null exactly when <see cref="Refusal"/> is not.</summary>
    public LoadPlan? Plan { get; private set; }

    /// <summary>Why the program cannot be run.</summary>
    public LoadRefusal? Refusal { get; private set; }

    /// <summary>Makes a program ready. The steps and so the errors come in Linux's order.</summary>
    /// <param name="opener">Opens files.</param>
    /// <param name="path">The program or script.</param>
    public static PreparedProgram<TFile> Prepare(IImageOpener<TFile> opener, ReadOnlySpan<byte> path)
    {
        var prepared = new PreparedProgram<TFile>();
        prepared.Refusal = prepared.FollowScripts(opener, path)
            ?? prepared.ReadProgram()
            ?? prepared.ReadInterpreter(opener)
            ?? prepared.MakePlan();
        return prepared;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        ProgramFile?.Dispose();
        InterpreterFile?.Dispose();
    }

    private LoadRefusal? FollowScripts(IImageOpener<TFile> opener, ReadOnlySpan<byte> path)
    {
        string role = "the program";
        Span<byte> head = stackalloc byte[ScriptImage.HeadLength];
        while (true)
        {
            if (!opener.Open(path).TryGet(out TFile? file, out Errno error))
            {
                return CannotOpen(opener, error, role, path);
            }

            ProgramFile?.Dispose();
            ProgramFile = file;
            if (_scripts.Count > ScriptImage.MaximumDepth)
            {
                return new LoadRefusal(Errno.ELOOP, $"more than {ScriptImage.MaximumDepth} scripts interpret each other");
            }

            head.Clear();
            ElfImage.ReadFully(file, 0, head);
            if (!ScriptImage.IsScript(head))
            {
                return null;
            }

            if (!ScriptImage.Parse(head).TryGet(out ScriptImage? script, out LoadRefusal? refusal))
            {
                return refusal;
            }

            _scripts.Add(script);
            path = OrWorkingDirectory(script.Interpreter);
            role = "the script's interpreter";
        }
    }

    private static LoadRefusal CannotOpen(IImageOpener<TFile> opener, Errno error, string role, ReadOnlySpan<byte> path) =>
        LoadRefusal.CannotOpen(error, role, path, error == Errno.EACCES ? opener.DescribeDenial(OrWorkingDirectory(path)) : null);

    private LoadRefusal? ReadProgram()
    {
        if (!ElfImage.Read(ProgramFile!, ImageRole.Program).TryGet(out ElfImage? program, out LoadRefusal? refusal))
        {
            return refusal;
        }

        Program = program;
        return null;
    }

    private LoadRefusal? ReadInterpreter(IImageOpener<TFile> opener)
    {
        if (!Program!.FindInterpreter(ProgramFile!).TryGet(out byte[]? path, out LoadRefusal? refusal))
        {
            return refusal;
        }

        InterpreterPath = path;
        if (path is null)
        {
            return null;
        }

        if (!opener.Open(OrWorkingDirectory(path)).TryGet(out TFile? file, out Errno error))
        {
            return CannotOpen(opener, error, "the interpreter", path);
        }

        InterpreterFile = file;
        if (!ElfImage.Read(file, ImageRole.Interpreter).TryGet(out ElfImage? interpreter, out refusal))
        {
            return refusal;
        }

        Interpreter = interpreter;
        return null;
    }

    /// <summary>The empty path means the working directory when a file names it, as under Linux: no regular file, so EACCES.</summary>
    private static ReadOnlySpan<byte> OrWorkingDirectory(ReadOnlySpan<byte> path) => path.IsEmpty ? "."u8 : path;

    private LoadRefusal? MakePlan()
    {
        if (!LoadPlan.Create(Program!, Interpreter).TryGet(out LoadPlan? plan, out LoadRefusal? refusal))
        {
            return refusal;
        }

        Plan = plan;
        return null;
    }
}
