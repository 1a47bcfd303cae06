using System.Text;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Every kind of program that the loader and the dynamic linkers of musl and glibc can start.</summary>
public sealed class LoadingTests
{
    private const string MuslLibraries = "/lib/tests/musl";
    private const string GlibcLibraries = "/lib/tests/glibc";

    private static readonly Difference s_addresses = new(@" \(0x[0-9a-f]+\)", "addresses are the kernel's choice");

    private static readonly GuestTable s_table = new()
    {
        { "musl, static", new("/bin/hello_static") { Says = "Hello, world!" } },
        { "musl, static PIE", new("/bin/hello_static_pie") { Says = "Hello, world!" } },
        { "musl, dynamic", new("/bin/hello_dynamic") { Says = "Hello, world!" } },
        { "musl, dynamic PIE", new("/bin/hello_dynamic_pie") { Says = "Hello, world!" } },
        { "glibc, static", new("/bin/hello_glibc_static") { Says = "Hello, world!" } },
        { "glibc, static PIE", new("/bin/hello_glibc_static_pie") { Says = "Hello, world!" } },
        { "glibc, dynamic", new("/bin/hello_glibc") { Says = "Hello, world!" } },
        { "glibc, dynamic PIE", new("/bin/hello_glibc_pie") { Says = "Hello, world!" } },
        { "found by PATH", new("hello_dynamic") { Says = "Hello, world!" } },

        { "dlopen, musl", new("/bin/open_library", $"{MuslLibraries}/libgreeting.so") { Status = 0, Says = "the library 101 103" } },
        { "dlopen, glibc", new("/bin/open_library_glibc", $"{GlibcLibraries}/libgreeting.so") { Status = 0, Says = "the library 101 103" } },
        { "dlopen of nothing, musl", new("/bin/open_library", "/lib/nothing.so") { Status = 1 } },
        { "dlopen of nothing, glibc", new("/bin/open_library_glibc", "/lib/nothing.so") { Status = 1 } },
        { "dlopen of what is no library, musl", new("/bin/open_library", "/etc/passwd") { Status = 1 } },
        { "dlopen of what is no library, glibc", new("/bin/open_library_glibc", "/etc/passwd") { Status = 1 } },

        { "rpath, constructors, TLS, musl", new("/bin/use_greeting") { Status = 0, Says = "the library: constructor" } },
        { "rpath, constructors, TLS, glibc", new("/bin/use_greeting_glibc") { Status = 0, Says = "the library: constructor" } },
        { "$ORIGIN, musl", new("/bin/use_greeting_origin") { Status = 0 } },
        { "$ORIGIN, glibc", new("/bin/use_greeting_origin_glibc") { Status = 0 } },
        { "$ORIGIN from elsewhere, musl", new("use_greeting_origin") { WorkingDirectory = "/tmp", Status = 0 } },
        { "LD_LIBRARY_PATH, musl", Searching("/bin/use_greeting_bare", $"LD_LIBRARY_PATH={MuslLibraries}") },
        { "LD_LIBRARY_PATH, glibc", Searching("/bin/use_greeting_bare_glibc", $"LD_LIBRARY_PATH={GlibcLibraries}") },
        { "LD_LIBRARY_PATH before rpath, musl", Searching("/bin/use_greeting", $"LD_LIBRARY_PATH={MuslLibraries}/alternative") with { Says = "the greeting is the other library" } },
        { "LD_LIBRARY_PATH before rpath, glibc", Searching("/bin/use_greeting_glibc", $"LD_LIBRARY_PATH={GlibcLibraries}/alternative") with { Says = "the greeting is the other library" } },
        { "LD_PRELOAD, musl", Searching("/bin/use_greeting", $"LD_PRELOAD={MuslLibraries}/libpreload.so") with { Says = "the greeting is preloaded" } },
        { "LD_PRELOAD, glibc", Searching("/bin/use_greeting_glibc", $"LD_PRELOAD={GlibcLibraries}/libpreload.so") with { Says = "the greeting is preloaded" } },
        { "LD_BIND_NOW, glibc", Searching("/bin/use_greeting_glibc", "LD_BIND_NOW=1") },
        { "a missing library, musl", new("/bin/use_greeting_bare") { Status = 127 } },
        { "a missing library, glibc", new("/bin/use_greeting_bare_glibc") { Status = 127 } },
        { "C++ exceptions across libraries", new("/bin/cxx_exceptions") { Status = 0, Says = "caught through the library: value 9" } },

        { "the interpreter by hand, musl", new("/lib/ld-musl-x86_64.so.1", "/bin/hello_dynamic") { Says = "Hello, world!" } },
        { "the interpreter by hand, a PIE, musl", new("/lib/ld-musl-x86_64.so.1", "/bin/hello_dynamic_pie") { Says = "Hello, world!" } },
        { "the interpreter by hand, glibc", new("/lib64/ld-linux-x86-64.so.2", "/bin/hello_glibc") { Says = "Hello, world!" } },
        { "the interpreter by hand with --argv0, glibc", new("/lib64/ld-linux-x86-64.so.2", "--argv0", "other", "/bin/show_arguments_glibc", "x") { Says = "argument 0: \"other\"" } },
        { "the interpreter without a program, musl", new("/lib/ld-musl-x86_64.so.1") { Status = 1 } },
        { "the interpreter with nothing, glibc", new("/lib64/ld-linux-x86-64.so.2", "/bin/nothing") { Status = 127 } },
        { "ld-linux --list", new("/lib64/ld-linux-x86-64.so.2", "--list", "/bin/cxx_exceptions") { Status = 0, Differences = [s_addresses] } },
        { "ld-linux --verify", new("/lib64/ld-linux-x86-64.so.2", "--verify", "/bin/hello_glibc") },
        { "ld-musl --list", new("/lib/ld-musl-x86_64.so.1", "--list", "/bin/use_greeting") { Status = 0, Differences = [s_addresses] } },
        { "LD_DEBUG=libs, glibc", Searching("/bin/hello_glibc", "LD_DEBUG=libs") with { Differences = [new(@"^ *\d+:", "the process's number")] } },

        { "a script", new("/bin/script", "one", "two words") { Status = 7, Says = "script: two words" } },
        { "a script whose interpreter gets an argument", new("/bin/script_with_option", "x") { Says = "argument 1: \"one option with spaces\"" } },
        { "a script in a script", new("/tmp/outer", "x") { Files = [Script("outer", "#!/tmp/inner with option\n"), Script("inner", "#!/bin/show_arguments\n")], Says = "argument 1: \"/tmp/inner\"" } },
        { "a script's first line without an end", new("/tmp/short", "x") { Files = [Script("short", "#!/bin/show_arguments")], Says = "argument 1: \"/tmp/short\"" } },
        { "a script's interpreter on a long line", new("/tmp/long") { Files = [Script("long", "#!/bin/show_arguments " + new string('a', 200) + "\n")] } },

        { "arguments, environment, directory", new("/bin/show_arguments", "", " ", "two words", "\"'\\$*", "öäü") { Environment = ["ONE=1", "EMPTY=", "UTF8=ß"], WorkingDirectory = "/usr" } },
        { "many arguments", new(["/bin/show_arguments", .. Many()]) },
    };

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Loads_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestCase Searching(string program, string variable) => new(program) { Environment = [variable], Status = 0 };

    private static GuestFile Script(string name, string text) => new(name, Encoding.Latin1.GetBytes(text));

    private static string[] Many()
    {
        var words = new string[500];
        System.Array.Fill(words, new string('w', 60));
        return words;
    }
}
