using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Loader;

/// <summary>execve's heart: one loader for the first process and for every execve.</summary>
/// <remarks>
/// Linux: execve(2). Unlike Linux, which finds some faults of a file only when the old program is gone and then kills the
/// process, every refusal here is an errno to a living caller.
/// </remarks>
public static class ProgramLoader
{
    /// <summary>The longest process name in bytes (Linux: TASK_COMM_LEN less the NUL).</summary>
    private const int MaximumNameLength = 15;

    /// <summary>Interrupts on, and the bit that always reads as one.</summary>
    private const ulong InitialFlags = 0x202;

    /// <inheritdoc cref="Execute(UserThread, ReadOnlySpan{byte}, IReadOnlyList{byte[]}, IReadOnlyList{byte[]}, out LoadRefusal?)"/>
    public static Errno Execute(UserThread caller, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment) =>
        Execute(caller, path, arguments, environment, out _);

    /// <summary>
    /// Replaces the calling process's program. On failure the errno is returned and nothing of the old image was touched.
    /// On success memory, registers, vector state, names, auxv, close-on-exec files and caught signals are the new
    /// program's, and the thread's next <c>Context.Run</c> enters it.
    /// </summary>
    /// <param name="caller">The thread; the other threads of its process are ended on the way.</param>
    /// <param name="path">The file.</param>
    /// <param name="arguments">argv, each without NUL. An empty list becomes one empty string, as Linux does.</param>
    /// <param name="environment">envp.</param>
    /// <param name="refusal">After a failure, the errno again and a sentence that says why, for the one who reports to the host.</param>
    /// <returns>What opening the files says (ENOENT, EACCES, ...); ENOEXEC, ELIBBAD, EIO, EINVAL for malformed ones; ELOOP; E2BIG; ENOMEM; EAGAIN.</returns>
    public static Errno Execute(UserThread caller, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment, out LoadRefusal? refusal)
    {
        return Execute(caller, new ProgramOrigin(path.ToArray()), arguments, environment, out refusal);
    }

    /// <summary>The same for a program that need not be found by its path (execveat).</summary>
    internal static Errno Execute(UserThread caller, ProgramOrigin origin, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment, out LoadRefusal? refusal)
    {
        refusal = TryExecute(caller, origin, new ProgramArguments(origin.Name, arguments.Count == 0 ? [[]] : arguments, environment));
        if (refusal is not null && caller.Kernel.Options.LogExec)
        {
            caller.Kernel.Log.WriteLine($"[EXEC] Refused: {LoadRefusal.Display(origin.Name)}: {refusal}");
        }

        return refusal?.Errno ?? Errno.None;
    }

    private static LoadRefusal? TryExecute(UserThread caller, in ProgramOrigin origin, in ProgramArguments given)
    {
        var opener = new ExecutableOpener(caller, origin);
        using PreparedProgram<IExecutableFile> program = PreparedProgram<IExecutableFile>.Prepare(opener, given.FileName);
        if (caller.Kernel.Options.LogExec)
        {
            LogProgram(caller.Kernel.Log, program);
        }

        if (program.Refusal is not null)
        {
            return program.Refusal;
        }

        if (program.Scripts.Count != 0 && origin.IsGoneAfterwards)
        {
            return new LoadRefusal(Errno.ENOENT, "its descriptor is closed by the exec, so that the script's interpreter could not open it");
        }

        ProgramArguments passed = given with { Arguments = ScriptImage.RewriteArguments(program.Scripts, given.FileName, given.Arguments) };
        ulong stackLimit = caller.Process.Limits.Stack;
        LoadRefusal? refusal = given.CheckSize(stackLimit) ?? passed.CheckSize(stackLimit);
        if (refusal is not null)
        {
            return refusal;
        }

        (uint?, uint?) setIds = caller.Credentials.NoNewPrivileges ? default : program.ProgramFile!.SetIds;
        ExecCredentials identity = ExecCredentials.Compute(caller.Credentials, setIds);
        Vdso? vdso = caller.Kernel.Vdso is { } shared && shared.FitsBeside(program.Plan!) ? shared : null;
        InitialStack stack = BuildStack(caller, program.Plan!, passed, identity, vdso);
        if (!ImageBuilder.Build(caller.Process.Machine, program, stack, vdso, caller.Process.AddressSpace).TryGet(out AddressSpace? space, out refusal))
        {
            return refusal;
        }

        Errno error = caller.Process.EndOtherThreads(caller);
        if (error != Errno.None)
        {
            space.Release();
            return new LoadRefusal(error, "another thread ends the process or replaces its program");
        }

        Commit(caller, program, given.FileName, space, stack, identity);
        return null;
    }

    private static InitialStack BuildStack(UserThread caller, LoadPlan plan, in ProgramArguments arguments, ExecCredentials identity, Vdso? vdso)
    {
        ProcessorInfo processor = caller.Process.Machine.Processors[0];
        var auxiliary = new AuxiliaryEnvironment(
            identity.Credentials,
            identity.IsSecure,
            processor.HardwareCapabilities,
            processor.HardwareCapabilities2,
            AuxiliaryVector.MinimumSignalStackSize(caller.Context.VectorState.Length),
            VdsoAddress: vdso?.Library.Value);
        Span<byte> random = stackalloc byte[16];
        caller.Process.Machine.FillRandom(random);
        return InitialStack.Build(plan, arguments, auxiliary, random);
    }

    /// <summary>Past the point of no return: nothing here can fail.</summary>
    private static void Commit(UserThread caller, PreparedProgram<IExecutableFile> program, byte[] path, AddressSpace space, InitialStack stack, ExecCredentials identity)
    {
        Process process = caller.Process;
        process.ResetForNewProgram(caller);

        // Before anyone can look at the new memory by way of /proc.
        process.IsDumpable = !identity.IsSecure;
        process.Credentials = identity.Credentials;
        process.ReplaceAddressSpace(space);
        process.Files.CloseOnExec();
        ReadOnlySpan<byte> name = path.AsSpan(path.AsSpan().LastIndexOf((byte)'/') + 1);
        process.Name = name[..Math.Min(name.Length, MaximumNameLength)].ToArray();
        process.ArgumentArea = stack.ArgumentArea;
        process.EnvironmentArea = stack.EnvironmentArea;
        process.AuxiliaryVector = stack.AuxiliaryVector;

        caller.Context.ResetVectorState();
        caller.Context.GsBase = 0;
        ref UserRegisters registers = ref caller.Context.Registers;
        registers = default;
        registers.Rip = program.Plan!.Entry.Value;
        registers.Rsp = stack.Pointer.Value;
        registers.Rflags = InitialFlags;
    }

    private static void LogProgram(KernelLog log, PreparedProgram<IExecutableFile> program)
    {
        foreach (ScriptImage script in program.Scripts)
        {
            log.WriteLine($"[EXEC] Script, interpreter: {LoadRefusal.Display(script.Interpreter)}");
        }

        if (program.InterpreterPath is not null)
        {
            log.WriteLine($"[EXEC] Dynamic binary, interpreter: {LoadRefusal.Display(program.InterpreterPath)}");
        }

        if (program.Plan is LoadPlan plan)
        {
            log.WriteLine(plan.Interpreter is null
                ? $"[EXEC] Static binary: entry={plan.Entry}"
                : $"[EXEC] Dynamic: interp_entry={plan.Entry} main_entry={plan.Program.Entry} AT_BASE={plan.InterpreterBase}");
        }
    }

    /// <summary>Opens by path, but for the program itself where its place is known already.</summary>
    private sealed class ExecutableOpener(UserThread caller, ProgramOrigin origin) : IImageOpener<IExecutableFile>
    {
        private Location? _origin = origin.Found;

        public Result<IExecutableFile> Open(ReadOnlySpan<byte> path)
        {
            if (_origin is not Location found)
            {
                return caller.FileSystem.OpenExecutable(path, caller.Credentials, caller);
            }

            _origin = null;
            return ExecutableFile.Open(found, caller.Credentials);
        }

        public string DescribeDenial(ReadOnlySpan<byte> path) => caller.FileSystem.DescribeDenial(path, caller.Credentials, caller);
    }
}

/// <summary>The program that execve was asked for.</summary>
/// <param name="Name">Its path, also for AT_EXECFN and for a script's interpreter: "/dev/fd/N/PATH" where it was found through a descriptor.</param>
/// <param name="Found">The file, where it was found otherwise than by its path.</param>
/// <param name="IsGoneAfterwards">Whether <paramref name="Name"/> leads nowhere in the new program: its descriptor is closed by the exec.</param>
internal readonly record struct ProgramOrigin(byte[] Name, Location? Found = null, bool IsGoneAfterwards = false);
