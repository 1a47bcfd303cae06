using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace Levitate.Cli.Testing;

/// <summary>What a test run said, read from its .trx file.</summary>
/// <param name="Passed">How many tests passed.</param>
/// <param name="Failed">The names of those that failed.</param>
/// <param name="Skipped">The names of those that did not run, and why.</param>
internal sealed record TestResults(int Passed, IReadOnlyList<string> Failed, IReadOnlyList<(string Name, string Reason)> Skipped)
{
    private static readonly XNamespace s_trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    /// <summary>Reads a .trx file; null when it is not there or not whole, as after a crash of the test host.</summary>
    public static TestResults? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        XDocument document;
        try
        {
            document = XDocument.Load(path);
        }
        catch (XmlException)
        {
            return null;
        }

        var results = document.Descendants(s_trx + "UnitTestResult").Select(result => (
            Name: (string?)result.Attribute("testName") ?? "?",
            Outcome: (string?)result.Attribute("outcome") ?? "",
            Message: result.Descendants(s_trx + "Message").FirstOrDefault()?.Value
                ?? result.Descendants(s_trx + "StdOut").FirstOrDefault()?.Value ?? "no reason given")).ToList();
        return new TestResults(
            results.Count(result => result.Outcome == "Passed"),
            [.. results.Where(result => result.Outcome is not ("Passed" or "NotExecuted")).Select(result => result.Name)],
            [.. results.Where(result => result.Outcome == "NotExecuted").Select(result => (result.Name, result.Message.Trim()))]);
    }
}
