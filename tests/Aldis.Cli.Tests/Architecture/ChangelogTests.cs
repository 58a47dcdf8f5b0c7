namespace Aldis.Cli.Tests.Architecture;

/// <summary>A release gathers the notes of changes by the word they begin with (changelog/README.md).</summary>
public sealed class ChangelogTests
{
    private static readonly string[] Kinds = ["New: ", "Change: ", "Fix: "];

    [Fact]
    public void Every_note_of_a_change_says_what_kind_it_is()
    {
        string[] notes = Directory.GetFiles(Path.Combine(RoomTests.Root(), "changelog", "unreleased"), "*.md");
        Assert.DoesNotContain(notes, static note => !SaysItsKind(File.ReadAllText(note)));
    }

    [Fact]
    public void A_note_that_begins_otherwise_is_noticed() => Assert.False(SaysItsKind("- `serve` does more."));

    private static bool SaysItsKind(string note) => Kinds.Any(kind => note.StartsWith(kind, StringComparison.Ordinal));
}
