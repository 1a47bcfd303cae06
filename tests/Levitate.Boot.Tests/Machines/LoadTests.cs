using System.Globalization;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What the scheduler says of itself.</summary>
public sealed class LoadTests
{
    [MachineFact]
    public void The_load_averages_rise_while_a_program_computes()
    {
        const string Script = "cat /proc/loadavg; while read one rest < /proc/loadavg; [ $one = 0.00 ]; do :; done; cat /proc/loadavg";
        Execution result = VirtualMachine.Exec(["--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        string[] words = result.OutputText.Split([' ', '\n']);
        Assert.Equal("0.00", words[0]);

        // One thread over the first of the samples, every 5 seconds, is 0.08 of the minute.
        Assert.InRange(double.Parse(words[5], CultureInfo.InvariantCulture), 0.07, 0.5);
    }
}
