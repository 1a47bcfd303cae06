using System;
using System.IO;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What `./levitate profile` promises.</summary>
public sealed class ProfileTests
{
    [MachineFact]
    public void A_profile_names_the_kernels_functions_in_a_table_and_a_picture_and_leaves_the_programs_output_alone()
    {
        string picture = Path.Combine(CaseFiles.Write([]), "profile.svg");
        Execution result = Profile("--output", picture, "--", "/bin/bench_getppid");
        Assert.True(result.Status == 0, result.ToString());
        Assert.Matches(new Regex(@"\Agetppid [0-9.]+\n\z"), result.OutputText);
        Assert.Matches(new Regex(@"^ *[0-9,]+ +[0-9.]+ +[0-9,]+ +[0-9.]+ +kernel +Syscalls\.SyscallTable\.Dispatch", RegexOptions.Multiline), result.ErrorText);
        Assert.Contains("floor_syscall_entry (floor)", XDocument.Load(picture).Root!.Value, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_profile_of_nothing_says_so()
    {
        Execution missing = Profile("/bin/nosuch");
        Assert.Equal((127, ""), (missing.Status, missing.OutputText));
        Execution endless = Profile("--timeout", "1", "--", "busybox", "sleep", "100");
        Assert.Equal(124, endless.Status);
        Assert.Contains("There is no profile", endless.ErrorText, StringComparison.Ordinal);
    }

    private static Execution Profile(params string[] arguments)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run([Repository.Launcher, "profile", .. arguments]);
    }
}
