using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;

namespace Aldis.Journal.Tests.Embedded;

public sealed class JournalReaderTests
{
    private const string First = "0000000001.segment";

    [Fact]
    public void It_reads_what_was_appended_with_everything_known_of_it()
    {
        using var test = new TestJournal();
        Assert.Equal(AppendStatus.Accepted, test.Open("pump-7", "[::1]:5000").TryAppend(1, [0, 255, 10]));
        test.Step();
        using var reader = new JournalReader(TestJournal.Directory, test.Storage, new JournalQuery());
        Assert.True(reader.TryRead(out JournalMessage? message));
        Assert.Equal("pump-7", message.Client);
        Assert.Equal(1, message.Sequence);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), message.ReceivedAt);
        Assert.Equal("[::1]:5000", message.From);
        Assert.Equal([0, 255, 10], message.Payload.ToArray());
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void It_follows_a_journal_through_its_segments_and_sees_no_message_before_its_batch_is_whole()
    {
        using var test = new TestJournal(options: TestJournal.Options with { SegmentBytes = 300, PrepareBytes = 600 });
        using var reader = new JournalReader(TestJournal.Directory, test.Storage, new JournalQuery());
        JournalAppender appender = test.Open("pump");
        long seen = 0;
        for (int sequence = 1; sequence <= 60; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, TestJournal.Text($"{sequence}")));
            Assert.False(reader.TryRead(out _));
            if (sequence % 3 == 0)
            {
                test.Step();
                while (reader.TryRead(out JournalMessage? message))
                {
                    Assert.Equal(++seen, message.Sequence);
                }

                Assert.Equal(sequence, seen);
            }
        }

        Assert.True(test.Storage.Names.Count(name => name.EndsWith(".segment", StringComparison.Ordinal)) > 5);
        Assert.Equal(0, reader.DamageCount);
    }

    [Fact]
    public void A_batch_that_is_there_in_part_is_not_seen_and_then_seen_whole()
    {
        SimulatedStorage storage = TestJournal.WithCommits(2);
        byte[] whole = storage[First].Bytes.ToArray();
        int first = TestJournal.WithCommits(1)[First].Length;
        for (int length = first; length < whole.Length; length += 7)
        {
            storage[First].SetLength(length);
            using var reader = new JournalReader(TestJournal.Directory, storage, new JournalQuery());
            Assert.Equal(4, Count(reader));
            storage[First].Write(0, whole);
            Assert.Equal(4, Count(reader));
        }
    }

    [Fact]
    public void It_can_be_asked_for_one_client_for_the_plain_form_and_for_the_time_since()
    {
        SimulatedStorage storage = TestJournal.WithCommits(2);
        Assert.Equal(["/0/plain 1", "/0/plain 2"], TestJournal.Read(storage, new JournalQuery { Client = "" }));
        Assert.Equal(6, TestJournal.Read(storage, new JournalQuery { Client = "pump" }).Count);
        Assert.Empty(TestJournal.Read(storage, new JournalQuery { Client = "other" }));
        var time = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(8, TestJournal.Read(storage, new JournalQuery { Since = time }).Count);
        Assert.Empty(TestJournal.Read(storage, new JournalQuery { Since = time.AddTicks(1) }));
    }

    [Fact]
    public void It_goes_on_behind_segments_that_retention_deleted()
    {
        SimulatedStorage storage = TestJournal.WithCommits(4, TestJournal.Options with { SegmentBytes = 1 });
        using var reader = new JournalReader(TestJournal.Directory, storage, new JournalQuery { Client = "" });
        Assert.True(reader.TryRead(out JournalMessage? message));
        storage.Delete("0000000001.segment");
        storage.Delete("0000000002.segment");
        storage.Delete("0000000003.segment");
        Assert.True(reader.TryRead(out message));
        Assert.Equal("plain 4", Encoding.UTF8.GetString(message.Payload.Span));
    }

    [Fact]
    public async Task Following_ends_when_it_is_cancelled()
    {
        SimulatedStorage storage = TestJournal.WithCommits(1);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var reader = new JournalReader(TestJournal.Directory, storage, new JournalQuery { Follow = true });
        int count = 0;
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (JournalMessage message in reader.ReadAsync(cancel.Token))
            {
                if (++count == 4)
                {
                    await cancel.CancelAsync();
                }
            }
        });
        Assert.Equal(4, count);
    }

    [Fact]
    public void A_journal_that_is_not_there_yet_is_empty_and_sound()
    {
        var storage = new SimulatedStorage();
        Assert.Empty(TestJournal.Read(storage));
        Assert.True(JournalReader.Verify(TestJournal.Directory, storage).IsSound);
    }

    [Fact]
    public void Verify_counts_what_it_read_beside_a_running_server()
    {
        using var test = new TestJournal(TestJournal.WithCommits(5));
        JournalVerification verification = JournalReader.Verify(TestJournal.Directory, test.Storage);
        Assert.True(verification.IsSound);
        Assert.Equal(20, verification.Messages);
        Assert.Equal(1, verification.Clients);
        Assert.Equal(5, verification.LastCommit);
    }

    [Fact]
    public void A_gap_a_repeat_and_a_wrong_mark_are_problems()
    {
        var check = new SequenceCheck();
        var clients = new ClientTable();
        JournalClient client = clients.GetOrAdd("pump"u8);
        check.OnMessage(client, 1, 0);
        client.Recover(1, 0, window: 16, segment: 1);
        Assert.Equal(0, check.ProblemCount);

        check.OnMessage(client, 1, 0);
        check.OnMessage(client, 4, 0);
        check.OnSegment(2, SegmentHeader.First, new ClientTable(), clients);

        Assert.Equal(3, check.ProblemCount);
        Assert.Contains("client pump: 2 to 3: missing", check.Problems);
        Assert.Empty(check.Lost);
    }

    private static int Count(JournalReader reader)
    {
        int count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }
}
