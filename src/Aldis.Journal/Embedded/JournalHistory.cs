using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Reads a journal from its end towards its beginning, page by page, beside a running server: a page costs the segments it lies in, however
/// large the journal is. Segments can be read forwards alone, so of each all is read and the last messages that are wanted are kept.
/// </summary>
internal static class JournalHistory
{
    /// <summary>Segments that one page reads at most, so that a search for what is not there ends.</summary>
    public const int MostSegments = 4;

    /// <summary>Reads a page.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="query">Which messages are wanted; it does not follow.</param>
    /// <param name="isWanted">Chooses among them.</param>
    /// <param name="before">Where the page ends: what is there is not in it. Null: at the end.</param>
    /// <param name="count">Messages in a page at most, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A segment is in another version of the format, or cannot be read.</exception>
    public static JournalPage Read(
        string directory,
        IStorage storage,
        JournalQuery query,
        Func<JournalMessage, bool> isWanted,
        JournalPlace? before,
        int count,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var found = new List<(JournalPlace Place, JournalMessage Message)>();
        List<long> numbers = SegmentName.List(storage, directory);
        JournalPlace? pageEnd = before;
        int read = 0;
        for (int index = numbers.Count - 1; index >= 0 && found.Count < count; index--)
        {
            if (before is { } limit && numbers[index] > limit.Segment)
            {
                continue;
            }

            if (read++ == MostSegments)
            {
                return new JournalPage(found, new JournalPlace(numbers[index] + 1, 0), pageEnd!.Value);
            }

            found.InsertRange(0, ReadSegment(
                directory, storage, query, isWanted, numbers[index], before, count - found.Count, out JournalPlace end, cancellationToken));
            pageEnd ??= end;
        }

        return new JournalPage(found, found.Count < count ? null : found[0].Place, pageEnd ?? default);
    }

    private static Queue<(JournalPlace, JournalMessage)> ReadSegment(
        string directory,
        IStorage storage,
        JournalQuery query,
        Func<JournalMessage, bool> isWanted,
        long segment,
        JournalPlace? before,
        int count,
        out JournalPlace end,
        CancellationToken cancellationToken)
    {
        end = new JournalPlace(segment, 0);
        var last = new Queue<(JournalPlace, JournalMessage)>();
        using var reader = new JournalReader(directory, storage, query with { Follow = false }, segment);
        while (reader.TryRead(out JournalMessage? message) && reader.Place.Segment == segment)
        {
            cancellationToken.ThrowIfCancellationRequested();
            JournalPlace place = reader.Place;
            if (before is { } limit && !place.IsBefore(limit))
            {
                break;
            }

            end = place.Next;
            if (isWanted(message))
            {
                last.Enqueue((place, message));
                if (last.Count > count)
                {
                    last.Dequeue();
                }
            }
        }

        return last;
    }
}
