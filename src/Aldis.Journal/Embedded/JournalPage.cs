namespace Aldis.Journal.Embedded;

/// <summary>Messages that follow one another in a journal, as <see cref="JournalHistory"/> found them.</summary>
/// <param name="Messages">The messages, oldest first, each with its place.</param>
/// <param name="Before">Where the page before this one ends; null where this one has the beginning of the journal.</param>
/// <param name="End">Where this page ends: whoever reads on from here has each message once.</param>
internal sealed record JournalPage(
    IReadOnlyList<(JournalPlace Place, JournalMessage Message)> Messages, JournalPlace? Before, JournalPlace End);
