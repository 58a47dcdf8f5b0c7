using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>A journal in a process that has no file descriptor left.</summary>
public sealed class JournalDescriptorTests
{
    private const string First = "0000000001.segment";
    private const string Second = "0000000002.segment";
    private const string Third = "0000000003.segment";

    private readonly List<Exception> _postponed = [];
    private readonly JournalOptions _options;

    public JournalDescriptorTests() =>
        _options = TestJournal.Options with { SegmentBytes = 1000, RotationPostponed = _postponed.Add };

    [Fact]
    public void The_next_segment_begins_with_the_descriptors_that_are_held_for_it()
    {
        using var test = new TestJournal(options: _options);
        test.Storage.HasNoDescriptors = true;

        Write(test, test.Open("pump"), first: 1, last: 3);

        Assert.Null(test.Journal.Failure);
        Assert.Contains(Second, test.Storage.Names);
        Assert.Empty(_postponed);
    }

    [Fact]
    public void Where_there_is_none_for_the_next_the_present_segment_goes_on_and_that_is_told_once()
    {
        using var test = new TestJournal(options: _options);
        JournalAppender appender = test.Open("pump");
        test.Storage.HasNoDescriptors = true;

        Write(test, appender, first: 1, last: 20);

        Assert.Null(test.Journal.Failure);
        Assert.Equal(20, appender.Progress.CommittedSequence);
        Assert.Equal([First, Second], Segments(test));
        _ = Assert.Single(_postponed);
    }

    [Fact]
    public void The_journal_rotates_again_when_there_are_descriptors_and_all_of_it_is_sound()
    {
        var test = new TestJournal(options: _options);
        JournalAppender appender = test.Open("pump");
        test.Storage.HasNoDescriptors = true;
        Write(test, appender, first: 1, last: 20);
        test.Storage.HasNoDescriptors = false;
        Write(test, appender, first: 21, last: 21);
        Assert.Equal([First, Second, Third], Segments(test));
        test.Storage.HasNoDescriptors = true;
        Write(test, appender, first: 22, last: 40);
        Assert.Equal(2, _postponed.Count);
        test.Storage.HasNoDescriptors = false;
        test.Dispose();

        using var again = new TestJournal(test.Storage, _options);
        Assert.Equal(40, again.Journal.FindClient("pump")!.Committed);
        Assert.Equal(40, TestJournal.Read(test.Storage).Count);
    }

    [Fact]
    public void A_next_segment_that_somebody_cleaned_up_is_made_anew()
    {
        using var test = new TestJournal(options: _options);
        JournalAppender appender = test.Open("pump");
        test.Storage.Delete(Second + ".new");

        Write(test, appender, first: 1, last: 3);

        Assert.Null(test.Journal.Failure);
        Assert.Contains(Second, test.Storage.Names);
    }

    [Fact]
    public void A_journal_that_was_closed_leaves_no_segment_that_was_never_begun()
    {
        var test = new TestJournal(options: _options);
        Write(test, test.Open("pump"), first: 1, last: 1);
        Assert.Contains(Second + ".new", test.Storage.Names);

        test.Dispose();

        Assert.Equal([First], test.Storage.Names);
    }

    private static string[] Segments(TestJournal test) =>
        [.. test.Storage.Names.Where(name => name.EndsWith(".segment", StringComparison.Ordinal))];

    private static void Write(TestJournal test, JournalAppender appender, int first, int last)
    {
        for (int sequence = first; sequence <= last; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, new byte[500]));
            test.Step();
        }
    }
}
