namespace Aldis.Journal.Embedded;

/// <summary>Where a message is in a journal, for one query: the messages that the query leaves out are not counted.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Index">Number of the message among those of the segment that the query wants, from 0.</param>
internal readonly record struct JournalPlace(long Segment, long Index)
{
    /// <summary>The place behind this one, in the same segment.</summary>
    public JournalPlace Next => this with { Index = Index + 1 };

    /// <summary>Whether this place is nearer to the beginning than another.</summary>
    /// <param name="other">The other.</param>
    public bool IsBefore(JournalPlace other) => Segment < other.Segment || (Segment == other.Segment && Index < other.Index);
}
