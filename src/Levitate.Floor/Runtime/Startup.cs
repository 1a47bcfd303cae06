using System;
using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>The beginning and the end of the runtime's native code, and what it asks of the loader that it does not have.</summary>
public static unsafe class Startup
{
    private const int ProgramHeadersOffset = 32;
    private const int ProgramHeaderCountOffset = 56;

    /// <summary>When the first call into managed code was made, which starts the .NET runtime, in nanoseconds since power-on.</summary>
    public static long RuntimeStartNanoseconds { get; private set; }

    /// <summary>
    /// The first thread: runs the constructors of the native libraries, one of which names the function that the first call
    /// into managed code starts the .NET runtime with, and makes that call.
    /// </summary>
    internal static void Run(void* argument)
    {
        // All threads of the kernel's own come from this one.
        Asm.CurrentThread()->OwnPriority = ThreadPriority.Kernel;
        Asm.CurrentThread()->Priority = ThreadPriority.Kernel;
        void** end = LinkSymbols.InitializersEnd();
        for (void** initializer = LinkSymbols.Initializers(); initializer < end; initializer++)
        {
            Asm.Call(*initializer, 0, 0, 0, 0);
        }

        RuntimeStartNanoseconds = Clock.Nanoseconds;
        Pthread.Call(LinkSymbols.LevitateMain(), null);
    }

    /// <summary>The unwinder looks here for the image's .eh_frame_hdr.</summary>
    [RuntimeExport("dl_iterate_phdr")]
    internal static int IterateProgramHeaders(void* callback, void* argument)
    {
        byte* header = LinkSymbols.ImageStart();
        byte name = 0;
        ImageInformation information = default;
        information.Name = &name;
        information.ProgramHeaders = header + *(ulong*)(header + ProgramHeadersOffset);
        information.ProgramHeaderCount = *(ushort*)(header + ProgramHeaderCountOffset);
        information.Additions = 1;
        return (int)Asm.Call(callback, (long)&information, sizeof(ImageInformation), (long)argument, 0);
    }

    /// <summary>There is no dynamic linker that would know names.</summary>
    [RuntimeExport("dladdr")]
    internal static int FindSymbol(void* address, void* information) => 0;

    /// <summary>The kernel never exits.</summary>
    [RuntimeExport("atexit")]
    internal static int RegisterExitHandler(void* function) => 0;

    /// <inheritdoc cref="RegisterExitHandler"/>
    [RuntimeExport("__cxa_atexit")]
    internal static int RegisterDestructor(void* function, void* argument, void* image) => 0;

    [RuntimeExport("abort")]
    internal static void Abort() => Panic.Halt("the .NET runtime gave up (abort)"u8);

    [RuntimeExport("exit")]
    internal static void Exit(int status) => Panic.Halt("the .NET runtime ended (exit)"u8);

    [RuntimeExport("__stack_chk_fail")]
    internal static void ReportSmashedStack() => Panic.Halt("a stack buffer overran in the .NET runtime"u8);

    /// <summary>Called by the stubs that the link makes for the C symbols of stubs.txt.</summary>
    [RuntimeExport("levitate_missing_symbol")]
    internal static void ReportMissingSymbol(byte* name)
    {
        SerialLog.Write("\n[PANIC] the .NET runtime called "u8);
        SerialLog.Write(new ReadOnlySpan<byte>(name, (int)Strings.Length(name)));
        SerialLog.Write("\n"u8);
        Panic.Halt("a C function that the floor does not have"u8);
    }

    /// <summary>struct dl_phdr_info.</summary>
    private struct ImageInformation
    {
        internal ulong LoadBias;
        internal byte* Name;
        internal byte* ProgramHeaders;
        internal ushort ProgramHeaderCount;
        internal ulong Additions;
        internal ulong Removals;
        internal ulong TlsModule;
        internal void* TlsData;
    }
}
