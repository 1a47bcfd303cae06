using System;
using System.IO;
using System.Text.Json;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Tool;

/// <summary>`./levitate inspect`.</summary>
public sealed class InspectTests
{
    private static string Program => Path.Combine(Repository.Root, "artifacts/guest/root/bin/hello_dynamic");

    [MachineFact]
    public void Inspect_shows_the_mappings_and_where_a_program_begins()
    {
        Execution result = Inspect(Program);
        Assert.Equal((0, ""), (result.Status, result.ErrorText));
        Assert.Contains("/lib/ld-musl-x86_64.so.1", result.OutputText, StringComparison.Ordinal);
        Assert.Contains($"0x{ProgramFiles.EntryOf(File.ReadAllBytes(Program)):x}", result.OutputText, StringComparison.Ordinal);
        Assert.All(["Program headers", "Mappings", "Auxiliary vector", "AT_ENTRY"], title => Assert.Contains(title, result.OutputText, StringComparison.Ordinal));
    }

    [MachineFact]
    public void Inspect_writes_JSON_for_programs()
    {
        Execution result = Inspect("--json", Program);
        Assert.Equal((0, ""), (result.Status, result.ErrorText));
        using JsonDocument report = JsonDocument.Parse(result.OutputText);
        JsonElement root = report.RootElement;
        Assert.Equal(("dynamic", "/lib/ld-musl-x86_64.so.1"), (root.GetProperty("kind").GetString(), root.GetProperty("interpreterPath").GetString()));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("refusal").ValueKind);
        Assert.Equal(ProgramFiles.EntryOf(File.ReadAllBytes(Program)), root.GetProperty("programEntry").GetUInt64());
        Assert.Contains(root.GetProperty("mappings").EnumerateArray(), mapping => mapping.GetProperty("access").GetString() == "r-x");
    }

    [MachineFact]
    public void A_file_shorter_than_an_ELF_header_is_told_so()
    {
        string folder = CaseFiles.Write([new("short", ProgramFiles.Read("hello_static")[..40])]);
        Execution result = Inspect($"{folder}/short");
        Assert.Equal(126, result.Status);
        Assert.Contains("ENOEXEC: the file has 40 bytes, and an ELF header has 64", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void What_may_not_be_executed_is_told_with_the_reason()
    {
        string folder = CaseFiles.Write([new("data", "x"u8.ToArray(), IsExecutable: false)]);
        Assert.Contains("chmod +x", Inspect($"{folder}/data").ErrorText, StringComparison.Ordinal);
        Assert.Contains("is a directory", Inspect(folder).ErrorText, StringComparison.Ordinal);
    }

    private static Execution Inspect(params string[] arguments)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run([Repository.Launcher, "inspect", .. arguments]);
    }
}
