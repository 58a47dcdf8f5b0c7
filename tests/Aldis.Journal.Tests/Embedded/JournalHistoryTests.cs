using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Tests.Storage;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>A journal read from its end, page by page.</summary>
public sealed class JournalHistoryTests
{
    // Small enough for a segment or two for each commit.
    private static readonly JournalOptions Small = TestJournal.Options with { SegmentBytes = 600 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Pages_lead_back_to_the_first_message_with_each_once_and_in_order(int count)
    {
        SimulatedStorage storage = TestJournal.WithCommits(20, Small);
        List<string> read = ReadBack(storage, new JournalQuery(), static _ => true, count, out int pages);
        Assert.Equal(TestJournal.Read(storage), read);
        Assert.True(pages >= 80 / count, $"{pages} pages");
    }

    [Fact]
    public void A_page_of_what_is_wanted_leaves_the_rest_out_and_reads_a_few_segments_at_most()
    {
        SimulatedStorage storage = TestJournal.WithCommits(20, Small);
        List<string> found = ReadBack(
            storage, new JournalQuery { Client = "pump" }, static message => Text(message) is "pump 1" or "pump 31", 10, out int pages);
        Assert.Equal(["pump/1/pump 1", "pump/31/pump 31"], found);
        Assert.True(pages > 1, "a search through all of it in one page");
    }

    [Fact]
    public void A_page_ends_behind_the_last_message_that_the_journal_has_or_where_it_was_told_to()
    {
        SimulatedStorage storage = TestJournal.WithCommits(20, Small);
        JournalPlace end = Read(storage, new JournalQuery(), static _ => true, null, 1).Messages[0].Place.Next;
        Assert.Equal(end, Read(storage, new JournalQuery(), static _ => false, null, 10).End);
        JournalPage page = Read(storage, new JournalQuery(), static _ => true, null, 10);
        Assert.Equal(end, page.End);
        Assert.Equal(page.Before, Read(storage, new JournalQuery(), static _ => true, page.Before, 10).End);
    }

    [Fact]
    public void A_journal_that_is_not_there_has_one_empty_page()
    {
        JournalPage page = Read(new SimulatedStorage(), new JournalQuery(), static _ => true, null, 10);
        Assert.Empty(page.Messages);
        Assert.Null(page.Before);
    }

    private static List<string> ReadBack(
        SimulatedStorage storage, JournalQuery query, Func<JournalMessage, bool> isWanted, int count, out int pages)
    {
        var all = new List<string>();
        JournalPlace? before = null;
        pages = 0;
        do
        {
            JournalPage page = Read(storage, query, isWanted, before, count);
            Assert.True(page.Messages.Count <= count);
            all.InsertRange(0, page.Messages.Select(static one => $"{one.Message.Client}/{one.Message.Sequence}/{Text(one.Message)}"));
            before = page.Before;
            pages++;
        }
        while (before is not null);
        return all;
    }

    private static JournalPage Read(
        SimulatedStorage storage, JournalQuery query, Func<JournalMessage, bool> isWanted, JournalPlace? before, int count) =>
        JournalHistory.Read(TestJournal.Directory, storage, query, isWanted, before, count, TestContext.Current.CancellationToken);

    private static string Text(JournalMessage message) => Encoding.UTF8.GetString(message.Payload.Span);
}
