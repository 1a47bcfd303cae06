using System;
using System.Globalization;
using System.Text.RegularExpressions;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>
/// What goes wrong when several CPUs meet: forks, mappings, futexes, signals, pipes, sleepers for the same thing, the ends of threads and descriptors, many at once, on 1, 2 and 4 CPUs.
/// Each program takes a factor (`torture_memory 100`) for longer runs than these.
/// </summary>
public sealed class TortureTests
{
    private static readonly string[] s_kinds = ["processes", "memory", "futexes", "signals", "pipes", "crowds", "threads", "descriptors"];
    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    [MachineFact]
    public void Collections_amid_forks_on_four_processors_harm_nobody()
    {
        const string Script = "torture_processes 4 & torture_memory & torture_pipes & wait; grep -E 'contained_exceptions|collections_gen0|world_stop' /proc/levitate";
        Execution result = VirtualMachine.Exec(["--cpus", "4", "--memory", "64M", "--timeout", "50", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.DoesNotContain("NO", result.OutputText, System.StringComparison.Ordinal);
        Assert.Contains("contained_exceptions 0\n", result.OutputText, System.StringComparison.Ordinal);
        long collections = Counter(result, "collections_gen0");
        Assert.True(collections > 0, result.ToString());

        // Each collection stops the world once, and every stop is timed; one more may have come between the lines.
        Assert.InRange(Counter(result, "world_stops"), collections, collections + 1);
        Assert.InRange(Counter(result, "longest_world_stop_nanoseconds"), 1, Counter(result, "world_stops_nanoseconds"));
    }

    [MachineFact]
    public void Every_frame_is_free_again_after_the_torture_set_on_four_processors()
    {
        // Frames that no program holds: the free ones and the kernel's own, whose heap may grow and shrink as it likes.
        // The shell has a page more or less of its own from time to time; one that is lost is lost each time.
        const string Script = """
            unused() { awk '/^frames_(free|kernel) / { sum += $2 } END { print sum }' /proc/levitate; }
            torture() { for kind in processes memory futexes signals pipes crowds descriptors; do torture_$kind > /dev/null || echo "$kind failed"; done; }
            torture
            before=$(unused)
            torture; torture; torture
            lost=$((before - $(unused)))
            [ $lost -lt 3 ] && echo "none is lost each time" || echo "lost $lost"
            grep contained_exceptions /proc/levitate
            """;
        Execution result = VirtualMachine.Exec(["--cpus", "4", "--", "/bin/sh", "-c", Script], limit: TimeSpan.FromMinutes(3));
        Assert.True(result.Status == 0, result.ToString());
        Assert.Equal("none is lost each time\ncontained_exceptions 0\n", result.OutputText);
    }

    private static long Counter(Execution result, string name) =>
        long.Parse(Regex.Match(result.OutputText, $@"^{name} (\d+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        foreach (string kind in s_kinds)
        {
            table.Add($"{kind} on 1 processor", new($"/bin/torture_{kind}") { Status = 0 });
            table.Add($"{kind} on 2 processors, glibc", new($"/bin/torture_{kind}_glibc") { MachineOptions = ["--cpus", "2"], Status = 0 });
            table.Add($"{kind} on 4 processors", new($"/bin/torture_{kind}") { MachineOptions = ["--cpus", "4"], Status = 0 });
        }

        table.Add("a thousand kills on 1 processor", new("/bin/torture_kills") { Status = 0, Seconds = 150 });
        table.Add("a thousand kills on 2 processors, glibc", new("/bin/torture_kills_glibc") { MachineOptions = ["--cpus", "2"], Status = 0, Seconds = 150 });
        table.Add("four thousand threads on 2 processors", new("/bin/torture_threads", "4") { MachineOptions = ["--cpus", "2", "--memory", "1G"], Status = 0, Seconds = 150 });
        table.Add("processes on 4 processors of a q35", new("/bin/torture_processes") { MachineOptions = ["--cpus", "4", "--machine", "q35"], Status = 0 });
        table.Add("affinity on 1 processor", new("/bin/affinity") { Status = 0 });
        table.Add("affinity on 4 processors", new("/bin/affinity_glibc") { MachineOptions = ["--cpus", "4"], Status = 0 });
        return table;
    }
}
