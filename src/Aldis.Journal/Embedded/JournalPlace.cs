namespace Aldis.Journal.Embedded;

/// <summary>Where a message is in a journal, whoever asks for it.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Position">Where its record begins, in bytes from the beginning of the segment; where a damaged stretch was read as a repair
/// would keep it, a number between those of the records beside it.</param>
internal readonly record struct JournalPlace(long Segment, long Position)
{
    /// <summary>The place behind this one: what follows is there or farther.</summary>
    public JournalPlace Next => this with { Position = Position + 1 };

    /// <summary>Whether this place is nearer to the beginning than another.</summary>
    /// <param name="other">The other.</param>
    public bool IsBefore(JournalPlace other) => Segment < other.Segment || (Segment == other.Segment && Position < other.Position);
}
