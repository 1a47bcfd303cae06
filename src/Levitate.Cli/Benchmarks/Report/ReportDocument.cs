using System.Collections.Generic;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>A piece of a report. Text may have `code` and **strong words** in it.</summary>
internal abstract record ReportBlock
{
    /// <summary>A heading; level 1 is the title.</summary>
    public sealed record Heading(int Level, string Text) : ReportBlock;

    /// <summary>A paragraph.</summary>
    public sealed record Paragraph(string Text) : ReportBlock;

    /// <summary>Points.</summary>
    public sealed record Bullets(IReadOnlyList<string> Points) : ReportBlock;

    /// <summary>A table; the first <paramref name="TextColumns"/> columns are words, the others numbers.</summary>
    public sealed record Table(IReadOnlyList<string> Columns, int TextColumns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock;

    /// <summary>A picture, which only a page can show.</summary>
    /// <param name="Svg">An svg element that refers to nothing outside.</param>
    /// <param name="Caption">What it shows.</param>
    public sealed record Picture(string Svg, string Caption) : ReportBlock;
}

/// <summary>A report before it has a format.</summary>
internal sealed class ReportDocument
{
    private readonly List<ReportBlock> _blocks = [];

    /// <summary>Its pieces in their order.</summary>
    public IReadOnlyList<ReportBlock> Blocks => _blocks;

    /// <summary>Adds a piece.</summary>
    public void Add(ReportBlock block) => _blocks.Add(block);

    /// <summary>Adds a heading.</summary>
    public void AddHeading(int level, string text) => Add(new ReportBlock.Heading(level, text));

    /// <summary>Adds a paragraph.</summary>
    public void AddText(string text) => Add(new ReportBlock.Paragraph(text));
}
