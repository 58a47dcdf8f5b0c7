using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

public sealed class MessageJournalTests
{
    private static readonly byte[] Payload = TestJournal.Text("payload");

    [Fact]
    public void A_message_is_committed_only_after_its_sync()
    {
        using var test = new TestJournal();
        JournalAppender appender = test.Open("pump");
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        Assert.Equal(new AppendProgress(1, 0, 0, AppendOutcome.Committed), appender.Progress);
        int syncs = test.Storage.Syncs;

        test.Step();

        Assert.Equal(syncs + 1, test.Storage.Syncs);
        Assert.Equal(new AppendProgress(1, 1, 1, AppendOutcome.Committed), appender.Progress);
        Assert.Equal(1, appender.Client!.Committed);
    }

    [Fact]
    public void All_that_waits_shares_one_write_and_one_sync()
    {
        using var test = new TestJournal();
        JournalAppender[] appenders = [.. Enumerable.Range(0, 64).Select(client => test.Open($"c{client}"))];
        Assert.All(appenders, appender => Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload)));
        (int writes, int syncs) = (test.Storage.Writes, test.Storage.Syncs);

        test.Step();

        Assert.Equal((writes + 1, syncs + 1), (test.Storage.Writes, test.Storage.Syncs));
        Assert.All(appenders, appender => Assert.True(appender.Progress.IsSettled));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_sequence_number_that_does_not_follow_is_refused(long sequence)
    {
        using var test = new TestJournal();
        JournalAppender appender = test.Open("pump");
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(2, Payload));

        Assert.Equal(AppendStatus.OutOfSequence, appender.TryAppend(sequence, Payload));
        Assert.Equal(2, appender.Client!.Taken);
        Assert.Equal(AppendStatus.OutOfSequence, test.Open(null).TryAppend(1, Payload));
    }

    [Fact]
    public void A_payload_above_the_limit_is_refused_and_one_at_the_limit_is_taken()
    {
        using var test = new TestJournal(options: TestJournal.Options with { MaxMessageBytes = 10 });
        JournalAppender appender = test.Open(null);
        Assert.Equal(AppendStatus.TooLarge, appender.TryAppend(0, new byte[11]));
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(0, new byte[10]));
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(0, []));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task After_a_failed_write_or_sync_nothing_is_acknowledged_or_taken(int failing)
    {
        var storage = new SimulatedStorage();
        Exception? told = null;
        using var test = new TestJournal(storage, TestJournal.Options with { Failed = failure => told = failure });
        JournalAppender appender = test.Open("pump");
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        test.Step();
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(2, Payload));

        // The operations of a commit are the write and the sync.
        storage.FailNext(failing);
        Assert.False(test.Journal.Step(wait: false));

        await appender.WaitForProgressAsync();
        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.Unknown), appender.Progress);
        Assert.Equal(AppendStatus.Ended, appender.TryAppend(3, Payload));
        Assert.NotNull(told);
        Assert.Same(told, test.Journal.Failure);
        Assert.Equal(StoreOpening.Not(StoreOpenStatus.Failed), await appender.RenewAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            StoreOpening.Not(StoreOpenStatus.Failed),
            await test.Journal.OpenAsync("other", "peer", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Below_the_floor_of_free_space_messages_are_refused_until_there_is_space()
    {
        var clock = new VirtualTime();
        var storage = new SimulatedStorage();
        using var test = new TestJournal(storage, TestJournal.Options with { FreeSpaceFloorBytes = 1000, TimeProvider = clock });
        JournalAppender appender = test.Open("pump");
        storage.FreeBytes = 999;
        clock.Advance(TimeSpan.FromMilliseconds(200));
        test.Step();
        Assert.Equal(AppendStatus.DiskFull, appender.TryAppend(1, Payload));

        storage.FreeBytes = 1000;
        clock.Advance(TimeSpan.FromMilliseconds(200));
        test.Step();
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_when_there_is_space()
    {
        using var test = new TestJournal(options: TestJournal.Options with { MaxQueuedBytes = 5000, MaxQueuedBytesPerAppender = 3000 });
        JournalAppender first = test.Open("first");
        JournalAppender second = test.Open("second");
        Assert.Equal(AppendStatus.Accepted, first.TryAppend(1, new byte[2500]));
        Assert.Equal(AppendStatus.QueueFull, first.TryAppend(2, new byte[2500]));
        Assert.Equal(AppendStatus.QueueFull, second.TryAppend(1, new byte[2500]));
        Assert.Equal(0, second.Client!.Taken);
        Task space = first.WaitForSpaceAsync().AsTask();
        Assert.False(space.IsCompleted);

        test.Step();

        await space;
        await second.WaitForSpaceAsync();
        Assert.Equal(AppendStatus.Accepted, first.TryAppend(2, new byte[2500]));
    }

    [Fact]
    public void A_record_longer_than_the_queue_is_admitted_when_the_queue_is_empty()
    {
        using var test = new TestJournal(options: TestJournal.Options with { MaxQueuedBytes = 100, MaxQueuedBytesPerAppender = 100 });
        Assert.Equal(AppendStatus.Accepted, test.Open("pump").TryAppend(1, new byte[1000]));
    }

    [Fact]
    public void No_more_clients_than_allowed_get_a_mark()
    {
        using var test = new TestJournal(options: TestJournal.Options with { MaxClients = 2 });
        JournalAppender[] appenders = [.. Enumerable.Range(0, 3).Select(client => test.Open($"c{client}"))];
        Assert.Equal(AppendStatus.Accepted, appenders[0].TryAppend(1, Payload));
        Assert.Equal(AppendStatus.Accepted, appenders[1].TryAppend(1, Payload));
        Assert.Equal(AppendStatus.TooManyClients, appenders[2].TryAppend(1, Payload));
        Assert.Equal(AppendStatus.Accepted, appenders[0].TryAppend(2, Payload));
    }

    [Fact]
    public void A_client_that_never_had_a_message_taken_leaves_no_trace()
    {
        using var test = new TestJournal();
        JournalAppender appender = test.Open("visitor");
        Assert.NotNull(test.Journal.FindClient("visitor"));
        _ = appender.CloseAsync();
        Assert.Null(test.Journal.FindClient("visitor"));
    }

    [Fact]
    public void A_closed_appender_settles_when_what_it_had_is_committed()
    {
        using var test = new TestJournal();
        JournalAppender appender = test.Open("pump");
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        Task settled = appender.CloseAsync();
        Assert.False(settled.IsCompleted);
        Assert.Equal(AppendStatus.Closed, appender.TryAppend(2, Payload));

        test.Step();

        Assert.True(settled.IsCompletedSuccessfully);
        Assert.Equal(1, test.Journal.FindClient("pump")!.Committed);
    }

    [Fact]
    public void At_level_stored_a_message_is_committed_when_it_is_written_and_synced_after_the_interval()
    {
        var clock = new VirtualTime();
        using var test = new TestJournal(options: TestJournal.Options with { Level = AcknowledgementLevel.Stored, TimeProvider = clock });
        JournalAppender appender = test.Open("pump");
        int syncs = test.Storage.Syncs;
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        Assert.Equal(0, appender.Progress.CommittedCount);
        test.Step();
        Assert.Equal(1, appender.Progress.CommittedCount);
        Assert.Equal(syncs, test.Storage.Syncs);

        clock.Advance(TimeSpan.FromSeconds(1));
        test.Step();
        Assert.Equal(syncs + 1, test.Storage.Syncs);
    }

    [Fact]
    public void At_level_received_a_message_is_committed_when_it_is_taken()
    {
        using var test = new TestJournal(options: TestJournal.Options with { Level = AcknowledgementLevel.Received });
        JournalAppender appender = test.Open("pump");
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, Payload));
        Assert.Equal(new AppendProgress(1, 1, 1, AppendOutcome.Committed), appender.Progress);
    }

    [Fact]
    public void A_second_opening_is_refused_while_the_first_holds_the_lock()
    {
        var test = new TestJournal();
        _ = Assert.Throws<JournalLockedException>(() => new TestJournal(test.Storage));
        test.Dispose();
        new TestJournal(test.Storage).Dispose();
    }

    [Fact]
    public void Retention_by_size_deletes_the_oldest_segments_but_no_mark_and_no_known_crc()
    {
        JournalOptions options = TestJournal.Options with { SegmentBytes = 1000, RetainBytes = 3000, Window = 16 };
        var clock = new VirtualTime();
        var test = new TestJournal(options: options with { TimeProvider = clock });
        JournalAppender early = test.Open("early");
        Assert.Equal(AppendStatus.Accepted, early.TryAppend(1, Payload));
        JournalAppender late = test.Open("late");
        for (int sequence = 1; sequence <= 20; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, late.TryAppend(sequence, new byte[500]));
            clock.Advance(TimeSpan.FromSeconds(1));
            test.Step();
        }

        test.Dispose();
        Assert.DoesNotContain("0000000001.segment", test.Storage.Names);
        Assert.InRange(test.Storage.Names.Sum(name => test.Storage[name].Length), 1, 4000);

        using var again = new TestJournal(test.Storage, options);
        JournalClient client = again.Journal.FindClient("early")!;
        Assert.Equal(1, client.Committed);
        Assert.True(again.Journal.TryGetCrc(client, 1, out uint crc));
        Assert.Equal(JournalClient.ComputeCrc(Payload), crc);
        Assert.Equal(20, again.Journal.FindClient("late")!.Committed);
        Assert.True(JournalReader.Verify(TestJournal.Directory, test.Storage).IsSound);
    }

    [Fact]
    public void The_crcs_of_the_last_window_of_messages_are_known_after_a_restart()
    {
        JournalOptions options = TestJournal.Options with { Window = 16 };
        var test = new TestJournal(options: options);
        JournalAppender appender = test.Open("pump");
        for (int sequence = 1; sequence <= 40; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, TestJournal.Text($"{sequence}")));
        }

        test.Dispose();
        using var again = new TestJournal(test.Storage, options);
        JournalClient client = again.Journal.FindClient("pump")!;
        Assert.False(again.Journal.TryGetCrc(client, 24, out _));
        Assert.False(again.Journal.TryGetCrc(client, 41, out _));
        for (int sequence = 25; sequence <= 40; sequence++)
        {
            Assert.True(again.Journal.TryGetCrc(client, sequence, out uint crc));
            Assert.Equal(JournalClient.ComputeCrc(TestJournal.Text($"{sequence}")), crc);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a/b")]
    [InlineData("123456789012345678901234567890123")]
    public void An_id_that_is_none_is_an_argument_error(string id)
    {
        using var test = new TestJournal();
        _ = Assert.Throws<ArgumentException>(() => test.Open(id));
    }
}
