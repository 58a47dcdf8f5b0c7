using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>
/// Whoever waits never goes on inside the call that ends the wait, where a lock may be held: completion sources say so when they are made, and
/// a token source is not cancelled inside a lock, which runs what waits for it there.
/// </summary>
public sealed partial class ContinuationTests
{
    // What runs its waiters inline all the same: its file, and why no lock is held there.
    private static readonly Dictionary<string, string> InlineForAReason = new(StringComparer.Ordinal)
    {
        ["src/Aldis.Services/Messages/DeliveryClock.cs"] = "a timer rings under no lock, and a virtual clock needs the loop on its one thread",
        ["src/Aldis.Services/Messages/MessageDeliveryLoop.cs"] = "the client's token is cancelled under no lock, and likewise",
    };

    [Fact]
    public void Every_completion_source_lets_its_waiters_go_on_elsewhere_but_for_a_reason() => Assert.Equal(
        InlineForAReason.Keys,
        Sources().Where(static source => MakesSource().Matches(source.Text).Any(Inline))
            .Select(static source => source.Path.Replace('\\', '/')).Order(StringComparer.Ordinal));

    [Fact]
    public void No_token_source_is_cancelled_inside_a_lock() => Assert.Empty(
        Sources().SelectMany(static source => CancelsInside(source.Text).Select(index => Place(source, index))));

    [Theory]
    [InlineData("TaskCompletionSource a = new();", true)]
    [InlineData("var a = new TaskCompletionSource<int>();", true)]
    [InlineData("A = new TaskCompletionSource(state);", true)]
    [InlineData("private readonly TaskCompletionSource<Exception?> _a = new();", true)]
    [InlineData("var a = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);", false)]
    [InlineData("TaskCompletionSource<int> A { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);", false)]
    [InlineData("TaskCompletionSource<string> Make() => new(TaskCreationOptions.RunContinuationsAsynchronously);", false)]
    [InlineData("TaskCompletionSource a = _other;", false)]
    public void A_source_made_to_run_its_waiters_inline_is_seen(string text, bool isSeen) =>
        Assert.Equal(isSeen, MakesSource().Matches(text).Any(Inline));

    [Theory]
    [InlineData("lock (_gate) { if (a) { _source.Cancel(); } }", true)]
    [InlineData("lock (_gate) { a(); } _source.Cancel();", false)]
    [InlineData("lock (_gate) { _ = _source.CancelAsync(); }", false)]
    public void A_source_cancelled_inside_a_lock_is_seen(string text, bool isSeen) => Assert.Equal(isSeen, CancelsInside(text).Any());

    private static bool Inline(Match match) => !match.Groups["arguments"].Value.Contains("RunContinuationsAsynchronously", StringComparison.Ordinal);

    private static IEnumerable<int> CancelsInside(string text)
    {
        foreach (Match locked in Locks().Matches(text))
        {
            int depth = 0;
            int end = text.IndexOf('{', locked.Index);
            do
            {
                depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
                end++;
            }
            while (depth > 0 && end < text.Length);

            int cancel = text.IndexOf(".Cancel()", locked.Index, end - locked.Index, StringComparison.Ordinal);
            if (cancel >= 0)
            {
                yield return cancel;
            }
        }
    }

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        string root = RoomTests.Root();
        return Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => (Path.GetRelativePath(root, file), File.ReadAllText(file)));
    }

    private static string Place((string Path, string Text) source, int index) =>
        $"{source.Path}:{source.Text.AsSpan(0, index).Count('\n') + 1}";

    // As it is written out, or by the type of what it is given to.
    [GeneratedRegex(
        @"new\s+TaskCompletionSource(<[^;({]*>)?\((?<arguments>[^;]*)"
            + @"|TaskCompletionSource(<[^;({]*>)?\??\s[^;(]*(\(\)\s)?=>?\s*new\((?<arguments>[^;]*)",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex MakesSource();

    [GeneratedRegex(@"lock \([^)]*\)\s*\{", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Locks();
}
