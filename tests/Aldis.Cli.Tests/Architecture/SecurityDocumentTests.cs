using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>docs/security.md names tests that show its defences: each is there, as a test.</summary>
public sealed partial class SecurityDocumentTests
{
    [Fact]
    public void Every_test_that_the_threat_table_names_exists()
    {
        string root = RoomTests.Root();
        (string Class, string Method)[] named = [.. NamedTest().Matches(File.ReadAllText(Path.Combine(root, "docs", "security.md")))
            .Select(static match => (match.Groups["class"].Value, match.Groups["method"].Value))];
        Assert.True(named.Length >= 30, "The table names few tests.");
        Assert.Empty(Missing(root, named));
        Assert.Equal(["NoSuchTests.Nothing_is_shown"], Missing(root, [("NoSuchTests", "Nothing_is_shown")]));
    }

    [Fact]
    public void Every_row_of_the_threat_table_names_a_test()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(RoomTests.Root(), "docs", "security.md"))
            .SkipWhile(static line => !line.StartsWith("| asset |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))];
        Assert.True(rows.Length >= 25, "The table has few rows.");
        Assert.All(rows, static row => Assert.Matches(NamedTest(), row.Split('|')[4]));
    }

    private static IEnumerable<string> Missing(string root, IEnumerable<(string Class, string Method)> named)
    {
        string tests = Path.Combine(root, "tests");
        foreach ((string type, string method) in named)
        {
            bool isThere = Directory.EnumerateFiles(tests, type + ".cs", SearchOption.AllDirectories)
                .Any(path => Regex.IsMatch(
                    File.ReadAllText(path), $@"^    public (async )?(Task|void) {method}\(", RegexOptions.Multiline, TimeSpan.FromSeconds(10)));
            if (!isThere)
            {
                yield return $"{type}.{method}";
            }
        }
    }

    [GeneratedRegex("`(?<class>[A-Za-z]+Tests)\\.(?<method>\\w+)`", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamedTest();
}
