using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>Nothing is acknowledged into a file that somebody else has deleted, replaced or cut.</summary>
public sealed class ChangedFileTests
{
    private const string Segment = "0000000001.segment";

    private static readonly byte[] Payload = TestJournal.Text("payload");

    [Theory]
    [InlineData(nameof(FileHarm.Deleted), 0)]
    [InlineData(nameof(FileHarm.Deleted), 4096)]
    [InlineData(nameof(FileHarm.Replaced), 0)]
    [InlineData(nameof(FileHarm.Replaced), 4096)]
    [InlineData(nameof(FileHarm.Cut), 0)]
    [InlineData(nameof(FileHarm.Cut), 4096)]
    public void At_durable_the_next_commit_notices(string harm, int prepareBytes)
    {
        using var test = new TestJournal(options: TestJournal.Options with { PrepareBytes = prepareBytes });
        JournalAppender appender = test.Open("pump");
        Commit(test, appender, 1);
        test.Storage.Harm(Segment, Enum.Parse<FileHarm>(harm));
        appender.TryAppend(2, Payload);

        Assert.False(test.Journal.Step(wait: false));

        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.Unknown), appender.Progress);
        Assert.Contains($"'journal{Path.DirectorySeparatorChar}{Segment}' ", test.Journal.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FileHarm.Deleted))]
    [InlineData(nameof(FileHarm.Replaced))]
    [InlineData(nameof(FileHarm.Cut))]
    public void At_stored_the_first_write_notices_when_a_second_is_over(string harm)
    {
        var time = new VirtualTime();
        using var test = new TestJournal(options: TestJournal.Options with
        {
            Level = AcknowledgementLevel.Stored,
            SyncInterval = TimeSpan.FromHours(1),
            PrepareBytes = 4096,
            TimeProvider = time,
        });
        JournalAppender appender = test.Open("pump");
        Commit(test, appender, 1);
        test.Storage.Harm(Segment, Enum.Parse<FileHarm>(harm));
        time.Advance(TimeSpan.FromSeconds(1));
        appender.TryAppend(2, Payload);

        Assert.False(test.Journal.Step(wait: false));

        Assert.Equal((1, AppendOutcome.Unknown), (appender.Progress.CommittedCount, appender.Progress.Outcome));
    }

    [Fact]
    public void At_received_it_is_noticed_as_well_and_nothing_more_is_taken()
    {
        var time = new VirtualTime();
        using var test = new TestJournal(options: TestJournal.Options with { Level = AcknowledgementLevel.Received, TimeProvider = time });
        JournalAppender appender = test.Open("pump");
        Commit(test, appender, 1);
        test.Storage.Harm(Segment, FileHarm.Deleted);
        time.Advance(TimeSpan.FromSeconds(1));
        appender.TryAppend(2, Payload);

        Assert.False(test.Journal.Step(wait: false));

        Assert.NotEqual(AppendStatus.Accepted, appender.TryAppend(3, Payload));
    }

    [Fact]
    public void No_segment_is_begun_where_the_last_one_is_not()
    {
        using var test = new TestJournal(options: TestJournal.Options with { SegmentBytes = 1 });
        JournalAppender appender = test.Open("pump");
        Commit(test, appender, 1);
        test.Storage.Harm(Segment, FileHarm.Deleted);
        appender.TryAppend(2, Payload);

        Assert.False(test.Journal.Step(wait: false));

        Assert.DoesNotContain("0000000002.segment", test.Storage.Names);
    }

    [Fact]
    public void A_storage_that_does_not_look_is_noticed()
    {
        using var test = new TestJournal(new SimulatedStorage { SeesNoChange = true });
        JournalAppender appender = test.Open("pump");
        Commit(test, appender, 1);
        test.Storage.Harm(Segment, FileHarm.Deleted);

        Commit(test, appender, 2);
    }

    [Fact]
    public void Whatever_fails_first_where_the_files_are_gone_it_is_told_that_they_are()
    {
        var time = new VirtualTime();
        using var test = new TestJournal(options: TestJournal.Options with { TimeProvider = time });
        Commit(test, test.Open("pump"), 1);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(test.Journal.Step(wait: false));
        test.Storage.HasVanished = true;
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(test.Journal.Step(wait: false));

        Assert.Contains($"{Segment}' is not there any more", test.Journal.Failure!.Message, StringComparison.Ordinal);
        Assert.IsType<DriveNotFoundException>(test.Journal.Failure.InnerException);
    }

    private static void Commit(TestJournal test, JournalAppender appender, long sequence)
    {
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, Payload));
        Assert.True(test.Journal.Step(wait: false));
        Assert.Equal(sequence, appender.Progress.CommittedCount);
    }
}
