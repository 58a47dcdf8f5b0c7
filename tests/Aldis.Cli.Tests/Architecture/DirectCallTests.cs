using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>A command that is compiled ahead of time is bound to the C library by a list; whatever is not in it costs a search at each start.</summary>
public sealed partial class DirectCallTests
{
    private const string AskedForAsItRuns = "epoll_pwait2";

    [Fact]
    public void Every_call_of_the_C_library_is_bound_by_the_linker_but_for_one_that_is_too_new()
    {
        string source = Path.Combine(RoomTests.Root(), "src");
        IEnumerable<string> called = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => CallRegex().Matches(File.ReadAllText(file)))
            .Select(static call => call.Groups["name"].Value)
            .Where(static name => name != AskedForAsItRuns)
            .Distinct(StringComparer.Ordinal);
        IEnumerable<string> bound = File.ReadLines(Path.Combine(source, "Aldis.Cli", "DirectCalls.txt"))
            .Where(static line => !line.StartsWith('#'))
            .Select(static line => line["libc!".Length..]);
        Assert.Equal(called.Order(StringComparer.Ordinal), bound.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("""LibraryImport\("libc", EntryPoint = "(?<name>\w+)\b""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex CallRegex();
}
