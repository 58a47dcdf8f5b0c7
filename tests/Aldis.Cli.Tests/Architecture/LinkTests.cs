using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>What the documents of the tree refer to is there: files, folders, and the headings within them.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Documents => [.. Enumerate().Select(static file => Path.GetRelativePath(RoomTests.Root(), file))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string document)
    {
        string path = Path.Combine(RoomTests.Root(), document);
        Assert.Empty(Broken(path, File.ReadAllText(path)));
    }

    [Fact]
    public void The_site_leads_to_every_document()
    {
        string docs = Path.Combine(RoomTests.Root(), "docs");
        string contents = File.ReadAllText(Path.Combine(docs, "toc.yml"));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(docs, file).Replace('\\', '/')),
            document => document != "index.md" && !document.StartsWith("decisions/", StringComparison.Ordinal)
                && !contents.Contains($"href: {document}}}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[gone](gone.md)")]
    [InlineData("[gone](start.md#no-such-heading)")]
    [InlineData("![gone](images/gone.png)")]
    public void A_link_that_leads_nowhere_is_noticed(string text) =>
        Assert.NotEmpty(Broken(Path.Combine(RoomTests.Root(), "docs", "start.md"), text));

    /// <summary>Every document of the tree.</summary>
    internal static IEnumerable<string> Enumerate()
    {
        string root = RoomTests.Root();
        return Directory.EnumerateFiles(root, "*.md")
            .Concat(new[] { "docs", "changelog", "samples", "src" }
                .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.md", SearchOption.AllDirectories)))
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj" or "node_modules"));
    }

    private static List<string> Broken(string document, string text)
    {
        var broken = new List<string>();
        foreach (Match link in Link().Matches(Code().Replace(text, string.Empty)))
        {
            string[] target = link.Groups["target"].Value.Split('#');
            string file = target[0].Length == 0 ? document : Path.GetFullPath(target[0], Path.GetDirectoryName(document)!);
            bool isThere = File.Exists(file) || Directory.Exists(file);
            if (!isThere || (target.Length > 1 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(File.ReadAllText(file)).Contains(target[1])))
            {
                broken.Add(link.Value);
            }
        }

        return broken;
    }

    /// <summary>The headings of a document, as addresses have them: small letters, hyphens for spaces, nothing else but letters and digits.</summary>
    private static HashSet<string> Anchors(string text) =>
        [.. Heading().Matches(Fence().Replace(text, string.Empty)).Select(static heading => string.Concat(heading.Groups["text"].Value.Trim()
            .Where(static sign => char.IsLetterOrDigit(sign) || sign is ' ' or '-' or '_')
            .Select(static sign => sign == ' ' ? '-' : char.ToLowerInvariant(sign))))];

    /// <summary>A link or a picture within the tree, in Markdown or in HTML.</summary>
    [GeneratedRegex(
        """\]\((?!https?:|mailto:)(?<target>[^)\s]+)\)|(src|srcset|href)="(?!https?:)(?<target>[^"]+)" """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Heading();

    [GeneratedRegex("^ *```.*?^ *```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Fence();

    /// <summary>What is shown as it is, in fences or within a line: no link is one there.</summary>
    [GeneratedRegex("^ *```.*?^ *```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Code();
}
