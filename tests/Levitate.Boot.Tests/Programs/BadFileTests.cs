using System.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>execve of files that are no program: the errno is Linux's, and the caller lives. Levitate.Kernel.Tests has many more headers.</summary>
public sealed class BadFileTests
{
    // Offsets in the ELF64 header.
    private const int Class = 4, Type = 16, Machine = 18, ProgramHeaderOffset = 32, EntrySize = 54, EntryCount = 56;

    private static readonly GuestTable s_table = new()
    {
        { "a missing interpreter", Trying(ProgramFiles.WithInterpreter("/lib/nothing.so")) },
        { "an interpreter that is a directory", Trying(ProgramFiles.WithInterpreter("/lib")) },
        { "an interpreter that is a script", Trying(ProgramFiles.WithInterpreter("/bin/script")) },
        { "an interpreter that is text", Trying(ProgramFiles.WithInterpreter("/etc/passwd")) },
        { "an interpreter without x bit", TryingWith("/tmp/interpreter", ProgramFiles.Read("hello_static"), isExecutable: false) },
        { "an interpreter cut off in its header", TryingWith("/tmp/interpreter", [.. ProgramFiles.Read("hello_static").Take(40)]) },
        { "an interpreter cut off in its program headers", TryingWith("/tmp/interpreter", [.. ProgramFiles.Read("hello_static").Take(100)]) },
        { "an empty interpreter", TryingWith("/tmp/interpreter", []) },
        { "an interpreter path that is empty", Trying(ProgramFiles.WithInterpreter("")) },
        { "a relative interpreter that is missing", Trying(ProgramFiles.WithInterpreter("ld.so")) },
        { "a 32-bit class, which Linux does not look at", Trying(ProgramFiles.Patch("hello_static", Class, (byte)1)) with { Says = "Hello" } },
        { "a relocatable file", Trying(ProgramFiles.Patch("hello_static", Type, (ushort)1)) },
        { "a core file", Trying(ProgramFiles.Patch("hello_static", Type, (ushort)4)) },
        { "another machine", Trying(ProgramFiles.Patch("hello_static", Machine, (ushort)183)) },
        { "program headers beyond the file", Trying(ProgramFiles.Patch("hello_static", ProgramHeaderOffset, 1UL << 40)) },
        { "program headers that wrap", Trying(ProgramFiles.Patch("hello_static", ProgramHeaderOffset, ulong.MaxValue - 8)) },
        { "program headers of another size", Trying(ProgramFiles.Patch("hello_static", EntrySize, (ushort)32)) },
        { "no program headers", Trying(ProgramFiles.Patch("hello_static", EntryCount, (ushort)0)) },
        { "65,535 program headers", Trying(ProgramFiles.Patch("hello_static", EntryCount, ushort.MaxValue)) },
        { "cut off in the header", Trying([.. ProgramFiles.Read("hello_static").Take(63)]) },
        { "cut off behind the header", Trying([.. ProgramFiles.Read("hello_static").Take(64)]) },
    };

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Is_refused_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestCase Trying(byte[] file) => new("/bin/try_exec", "/tmp/program") { Files = [new("program", file)], Status = 0, Says = "still alive" };

    private static GuestCase TryingWith(string interpreter, byte[] content, bool isExecutable = true)
    {
        GuestCase guestCase = Trying(ProgramFiles.WithInterpreter(interpreter));
        return guestCase with { Files = [.. guestCase.Files, new(interpreter.Split('/').Last(), content, isExecutable)] };
    }
}
