using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>
/// Debian's programs at work with each other, unmodified, in a root file system that mmdebstrap made: each script runs on
/// the host's Linux first and then in the VM, and what it prints must be the same.
/// </summary>
public sealed class UnixTests
{
    [NativeDebianFact]
    public void The_shell_and_its_tools_do_as_on_Linux() => Compare(DebianRoot.Tools, "bash", "tools.sh");

    [NativeDebianFact]
    public void What_ps_top_free_df_lscpu_and_lsof_tell_is_so() => Compare(DebianRoot.Tools, "bash", "figures.sh", "--cpus", "2");

    [NativeDebianFact(needsLanguages: true)]
    public void Git_and_sqlite3_do_as_on_Linux() => Compare(DebianRoot.Languages, "bash", "git.sh");

    [NativeDebianFact(needsLanguages: true)]
    public void Python_does_as_on_Linux() => Compare(DebianRoot.Languages, "python3", "python.py");

    [NativeDebianFact(needsLanguages: true)]
    public void Sixty_four_threads_of_a_Python_program_lose_nothing() => Compare(DebianRoot.Languages, "python3", "threads.py", "--cpus", "4");

    [NativeDebianFact(needsLanguages: true)]
    public void A_C_and_a_C_plus_plus_program_are_made_and_run() => Compare(DebianRoot.Languages, "bash", "compile.sh", "--cpus", "2");

    [NativeDebianFact(needsLanguages: true)]
    public void Make_builds_a_program_with_four_compilers_at_a_time() => Compare(DebianRoot.Languages, "bash", "build.sh", "--cpus", "4");

    [NativeDebianFact]
    public void What_loads_a_system_loads_this_one() => Compare(DebianRoot.Tools, "bash", "stress.sh", "--cpus", "2");

    [NativeDebianFact]
    public void Bombs_meet_their_limits() => Compare(DebianRoot.Tools, "bash", "bombs.sh");

    private static void Compare(DebianRoot root, string interpreter, string script, params string[] machineOptions)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "guest", "debian", script));
        new GuestTable
        {
            {
                script,
                new(interpreter, $"/tmp/{script}")
                {
                    Root = root,
                    Files = [new(script, content, IsExecutable: false)],
                    MachineOptions = ["--memory", "1G", .. machineOptions],
                    Seconds = 240,
                    Status = 0,
                }
            },
        }.Compare(script);
    }
}
