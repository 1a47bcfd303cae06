using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Tool;

/// <summary>The launcher on a copy of itself, with stand-ins for what it starts.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("levitate-test-").FullName;

    public LauncherTests()
    {
        foreach (string file in (string[])["levitate", "global.json", "Directory.Build.props", "Directory.Packages.props"])
        {
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(_root, file));
        }

        foreach (string folder in (string[])["src/Levitate.Cli", "src/Levitate.Kernel/Abi", "src/Levitate.Kernel/Loader", "src/Levitate.Kernel/Platform"])
        {
            Directory.CreateDirectory(Path.Combine(_root, folder));
            File.WriteAllText(Path.Combine(_root, folder, "Source.cs"), "// A source.\n");
        }

        File.WriteAllText(Path.Combine(_root, "src/Levitate.Kernel/KernelOptions.cs"), "// A source.\n");
    }

    [MachineFact]
    public void The_second_call_builds_nothing()
    {
        Compiler("printf '#!/bin/sh\\necho the tool: \"$@\"\\n' > \"$out/levitate\"; chmod +x \"$out/levitate\"");
        Execution first = Launch("one");
        Assert.Equal((0, "the tool: one\n"), (first.Status, first.OutputText));
        Assert.StartsWith("Building the host tool", first.ErrorText, StringComparison.Ordinal);
        Execution second = Launch("two");
        Assert.Equal((0, "the tool: two\n", ""), (second.Status, second.OutputText, second.ErrorText));
    }

    [MachineFact]
    public void An_interrupted_build_leaves_nothing_that_counts_as_made()
    {
        // As the SDK does it: what is in the intermediate directory, however short, is taken for made.
        const string Incremental = "[ -e \"$build/native\" ] || printf '#!/bin/sh\\necho the tool\\n' > \"$build/native\"; cp \"$build/native\" \"$out/levitate\"; chmod +x \"$out/levitate\"";
        Compiler("> \"$build/native\"; kill -TERM $PPID");
        Assert.NotEqual(0, Launch().Status);
        Compiler(Incremental);
        Execution next = Launch();
        Assert.Equal((0, "the tool\n"), (next.Status, next.OutputText));
    }

    [MachineFact]
    public void An_empty_tool_is_refused_and_built_anew()
    {
        Compiler("> \"$out/levitate\"; chmod +x \"$out/levitate\"");
        Execution result = Launch();
        Assert.True(result.Status == 125, result.ToString());
        Assert.Contains("empty", result.ErrorText, StringComparison.Ordinal);
        Compiler("printf '#!/bin/sh\\necho the tool\\n' > \"$out/levitate\"; chmod +x \"$out/levitate\"");
        Assert.Equal("the tool\n", Launch().OutputText);
        File.WriteAllText(Path.Combine(_root, "artifacts/tool/levitate"), "");
        Assert.Equal("the tool\n", Launch().OutputText);
    }

    [MachineFact]
    public void Everything_is_made_in_artifacts()
    {
        Compiler("printf '#!/bin/sh\\n' > \"$out/levitate\"; chmod +x \"$out/levitate\"");
        string[] before = Entries();
        Assert.Equal(0, Launch().Status);
        Assert.Equal([.. before, "artifacts"], Entries().Order(StringComparer.Ordinal).OrderBy(entry => entry == "artifacts"));
    }

    [MachineFact]
    public void What_is_missing_is_named_by_its_packages()
    {
        string path = Path.Combine(_root, "path");
        Directory.CreateDirectory(path);
        foreach (string program in (string[])["bash", "readlink", "dirname", "setpriv", "gcc", "g++", "ld", "sed"])
        {
            File.CreateSymbolicLink(Path.Combine(path, program), Find(program));
        }

        Script(Path.Combine(path, "id"), "echo 1000");
        Script(Path.Combine(path, "apt-get"), "echo 'nobody may install' >&2; exit 100");
        Execution result = HostCommand.Run([Find("env"), "-i", $"PATH={path}", Path.Combine(_root, "levitate"), "vm"]);
        Assert.Equal(125, result.Status);
        Assert.Equal(
            "levitate: some packages are missing.\nlevitate: As root: apt-get install -y --no-install-recommends qemu-system-x86 make musl-tools\n",
            result.ErrorText);
    }

    [MachineFact]
    public void Without_an_environment_the_tool_has_a_path_to_find_programs_on()
    {
        Compiler("printf '#!/bin/sh\\necho the path: \"$PATH\"\\n' > \"$out/levitate\"; chmod +x \"$out/levitate\"");
        Assert.Equal(0, Launch().Status);
        Execution result = HostCommand.Run([Find("env"), "-i", Path.Combine(_root, "levitate")]);
        Assert.True(result.Status == 0 && result.OutputText.Contains("/usr/bin", StringComparison.Ordinal), result.ToString());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Puts a stand-in in the place of the SDK; its script knows the intermediate directory, $build, and the output's, $out.</summary>
    private void Compiler(string script)
    {
        Directory.CreateDirectory(Path.Combine(_root, "sdk"));
        Script(Path.Combine(_root, "sdk", "dotnet"), $"""
            [ "$1" = publish ] || exit 0
            while [ $# -gt 0 ]; do
                case $1 in
                    -p:ArtifactsPath=*) build=$(echo "$1" | cut -d = -f 2) ;;
                    -o) shift; out=$1 ;;
                esac
                shift
            done
            mkdir -p "$build" "$out"
            {script}
            """);
    }

    private Execution Launch(params string[] arguments) =>
        HostCommand.Run([Find("env"), $"PATH={_root}/sdk:{Environment.GetEnvironmentVariable("PATH")}", Path.Combine(_root, "levitate"), .. arguments]);

    private string[] Entries() =>
        [.. Directory.EnumerateFileSystemEntries(_root).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Find(string program)
    {
        IEnumerable<string> candidates = ((string[])["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"]).Select(folder => Path.Combine(folder, program));
        return candidates.First(File.Exists);
    }
}
