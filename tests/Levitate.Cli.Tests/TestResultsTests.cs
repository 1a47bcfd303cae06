using System.IO;
using Levitate.Cli.Testing;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class TestResultsTests
{
    [Fact]
    public void Results_are_counted_by_outcome_with_the_reasons_of_skipped_tests()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, """
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
              <UnitTestResult testName="A.one" outcome="Passed" />
              <UnitTestResult testName="A.two" outcome="Failed"><Output><ErrorInfo><Message>no</Message></ErrorInfo></Output></UnitTestResult>
              <UnitTestResult testName="A.three" outcome="NotExecuted"><Output><ErrorInfo><Message>needs KVM</Message></ErrorInfo></Output></UnitTestResult>
            </Results></TestRun>
            """);
        TestResults results = TestResults.Read(path)!;
        File.Delete(path);
        Assert.Equal(1, results.Passed);
        Assert.Equal(["A.two"], results.Failed);
        Assert.Equal([("A.three", "needs KVM")], results.Skipped);
    }

    [Fact]
    public void A_report_that_is_missing_or_cut_off_is_none()
    {
        string path = Path.GetTempFileName();
        Assert.Null(TestResults.Read(path));
        File.Delete(path);
        Assert.Null(TestResults.Read(path));
    }
}
