using System.Buffers;
using System.Text;
using Aldis.Journal.Stores;
using Aldis.Protocols.Integrity;

namespace Aldis.Tests.Stores;

/// <summary>What every store promises, whatever keeps the messages.</summary>
public abstract class MessageStoreConformance
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_committed_is_stored_once_in_order_and_with_its_bytes()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        IMessageAppender other = await OpenAsync(test, "other");
        for (int sequence = 1; sequence <= 5; sequence++)
        {
            Append(pump, sequence);
            Append(other, sequence);
            test.Settle();
        }

        Assert.Equal(new AppendProgress(5, 5, 5, AppendOutcome.Committed), pump.Progress);
        Assert.Equal(Numbered(1, 5), test.Read("pump"));
        Assert.Equal(Numbered(1, 5), test.Read("other"));
    }

    [Fact]
    public async Task A_payload_in_pieces_is_stored_as_one()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        var first = new Piece("in ");
        ReadOnlySequence<byte> payload = new(first, 0, first.Append("pieces"), "pieces".Length);

        Assert.Equal(AppendStatus.Accepted, pump.TryAppend(1, payload));
        test.Settle();

        Assert.Equal([(1L, "in pieces")], test.Read("pump"));
    }

    [Fact]
    public async Task The_next_opening_knows_H_and_the_crcs_of_the_last_window()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender before = await OpenAsync(test, "pump");
        for (int sequence = 1; sequence <= StoreUnderTest.Window + 4; sequence++)
        {
            Append(before, sequence);
            test.Settle();
        }

        await before.CloseAsync();
        IMessageAppender after = await OpenAsync(test, "pump");

        Assert.Equal(new AppendProgress(0, 0, StoreUnderTest.Window + 4, AppendOutcome.Committed), after.Progress);
        AssertCrcs(after, 5, StoreUnderTest.Window + 4);
        Assert.False(after.TryGetCrc(StoreUnderTest.Window + 5, out _));
        Assert.False(after.TryGetCrc(0, out _));
        Append(after, StoreUnderTest.Window + 5);
        AssertCrcs(after, 6, StoreUnderTest.Window + 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task A_number_that_does_not_follow_is_refused_and_leaves_no_trace(long sequence)
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        Append(pump, 1);
        Append(pump, 2);

        Assert.Equal(AppendStatus.OutOfSequence, pump.TryAppend(sequence, Bytes("x")));
        Append(pump, 3);
        test.Settle();

        Assert.Equal(Numbered(1, 3), test.Read("pump"));
    }

    [Fact]
    public async Task A_payload_above_the_limit_is_refused_and_one_at_the_limit_or_empty_is_taken()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender plain = await OpenAsync(test, null);

        Assert.Equal(StoreUnderTest.MaxMessageBytes, test.Store.MaxMessageBytes);
        Assert.Equal(AppendStatus.TooLarge, plain.TryAppend(0, new byte[StoreUnderTest.MaxMessageBytes + 1]));
        Assert.Equal(AppendStatus.Accepted, plain.TryAppend(0, new byte[StoreUnderTest.MaxMessageBytes]));
        Assert.Equal(AppendStatus.Accepted, plain.TryAppend(0, []));
    }

    [Fact]
    public async Task The_plain_form_has_no_numbers_and_no_lease()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender first = await OpenAsync(test, null);
        IMessageAppender second = await OpenAsync(test, null);

        Assert.Equal((0, 0), (first.Epoch, second.Epoch));
        Assert.Equal(AppendStatus.OutOfSequence, first.TryAppend(1, Bytes("numbered")));
        Assert.Equal(AppendStatus.Accepted, first.TryAppend(0, Bytes("one")));
        test.Settle();
        Assert.Equal(AppendStatus.Accepted, second.TryAppend(0, Bytes("two")));
        test.Settle();

        Assert.Equal([(0L, "one"), (0L, "two")], test.Read(null));
        Assert.Equal(new AppendProgress(1, 1, 0, AppendOutcome.Committed), first.Progress);
    }

    [Fact]
    public async Task An_opening_takes_the_lease_and_the_one_before_writes_nothing_more()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender older = await OpenAsync(test, "pump");
        Append(older, 1);
        test.Settle();

        IMessageAppender newer = await OpenAsync(test, "pump");

        Assert.True(newer.Epoch > older.Epoch);
        Assert.Equal(AppendStatus.Ended, older.TryAppend(2, Bytes("of the older")));
        Append(newer, 2);
        test.Settle();
        Assert.Equal(new AppendProgress(1, 1, 1, AppendOutcome.LeaseLost), older.Progress);
        Assert.Equal(StoreOpening.Not(StoreOpenStatus.LeaseLost), await older.RenewAsync(Stop));
        Assert.Equal(AppendOutcome.Committed, newer.Progress.Outcome);
        Assert.Equal(Numbered(1, 2), test.Read("pump"));
    }

    [Fact]
    public async Task An_opening_waits_until_nobody_has_anything_under_way_and_then_says_what_came_of_it()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender older = await OpenAsync(test, "pump");
        Append(older, 1);

        Task<StoreOpening> opening = test.Store.OpenAsync("pump", "peer", Stop).AsTask();
        Assert.False(opening.IsCompleted);
        Assert.Equal(AppendStatus.Ended, older.TryAppend(2, Bytes("too late")));
        test.Settle();
        IMessageAppender newer = (await opening).Appender!;

        Assert.Equal(test.Read("pump").Count, newer.Progress.CommittedSequence);
        Assert.True(older.Progress.HasEnded);
    }

    [Fact]
    public async Task A_closed_appender_settles_when_what_it_had_is_settled_and_takes_no_more()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        Append(pump, 1);

        Task settled = pump.CloseAsync();
        Assert.False(settled.IsCompleted);
        Assert.Equal(AppendStatus.Closed, pump.TryAppend(2, Bytes("too late")));
        test.Settle();

        await settled;
        Assert.Equal(Numbered(1, 1), test.Read("pump"));
    }

    [Fact]
    public async Task Only_an_appender_that_has_ended_can_be_renewed()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await pump.RenewAsync(Stop));
    }

    [Fact]
    public async Task Appending_and_waking_let_nobody_go_on_inside_the_call()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        int caller = 0;
        for (int sequence = 1; sequence <= 4; sequence++)
        {
            Task<int> waiter = WaitAsync();
            Volatile.Write(ref caller, Environment.CurrentManagedThreadId);
            Append(pump, sequence);
            pump.Wake();
            Volatile.Write(ref caller, 0);
            Assert.Equal(0, await waiter);
        }

        async Task<int> WaitAsync()
        {
            await pump.WaitForProgressAsync();
            return Volatile.Read(ref caller) == Environment.CurrentManagedThreadId ? 1 : 0;
        }
    }

    [Fact]
    public async Task A_full_queue_says_so_and_when_there_is_room()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        long sequence = 0;
        AppendStatus status = AppendStatus.Accepted;
        while (status == AppendStatus.Accepted && sequence < 10 * StoreUnderTest.QueueBytes / StoreUnderTest.MaxMessageBytes)
        {
            status = pump.TryAppend(sequence + 1, new byte[StoreUnderTest.MaxMessageBytes]);
            sequence += status == AppendStatus.Accepted ? 1 : 0;
        }

        Assert.Equal(AppendStatus.QueueFull, status);
        Task room = pump.WaitForSpaceAsync().AsTask();
        test.Settle();

        await room;
        Assert.Equal(AppendStatus.Accepted, pump.TryAppend(sequence + 1, new byte[StoreUnderTest.MaxMessageBytes]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("123456789012345678901234567890123")]
    public async Task An_id_that_is_none_is_an_argument_error(string id)
    {
        await using StoreUnderTest test = Create();
        _ = await Assert.ThrowsAsync<ArgumentException>(async () => await test.Store.OpenAsync(id, "peer", Stop));
    }

    [Fact]
    public async Task A_closed_store_opens_nobody_any_more()
    {
        await using StoreUnderTest test = Create();
        IMessageAppender pump = await OpenAsync(test, "pump");
        await test.Store.DisposeAsync();

        Assert.Equal(AppendStatus.Ended, pump.TryAppend(1, Bytes("too late")));
        Assert.Equal(StoreOpening.Not(StoreOpenStatus.Failed), await test.Store.OpenAsync("pump", "peer", Stop));
    }

    /// <summary>The one rule of all outcomes: what a store says is so, and what it cannot say the next opening says.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Whatever_becomes_of_an_appender_the_next_one_says_what_is_stored(int seed)
    {
        await using StoreUnderTest test = Create(seed);
        var random = new Random(seed);
        IMessageAppender pump = await OpenAsync(test, "pump");
        List<(long Sequence, string Text)> acknowledged = [];
        for (int round = 0; round < 50; round++)
        {
            long sent = pump.Progress.CommittedSequence;
            for (int count = random.Next(StoreUnderTest.Window); count > 0; count--)
            {
                Append(pump, ++sent, $"{round}: {sent}");
            }

            test.Settle();
            AppendProgress progress = pump.Progress;
            List<(long Sequence, string Text)> stored = test.Read("pump");
            Assert.True(progress.IsSettled);
            acknowledged.AddRange(stored.Take((int)progress.CommittedSequence).Skip(acknowledged.Count));
            Assert.Equal(acknowledged, stored.Take(acknowledged.Count));
            Assert.Equal(stored.Select((_, index) => index + 1L), stored.Select(message => message.Sequence));
            Assert.Equal(progress.CommittedSequence, acknowledged.Count);
            if (progress.Outcome is AppendOutcome.Committed or AppendOutcome.NotStored)
            {
                Assert.Equal(progress.CommittedSequence, stored.Count);
            }

            if (!progress.HasEnded)
            {
                continue;
            }

            Assert.Equal(AppendStatus.Ended, pump.TryAppend(sent + 1, Bytes("too late")));
            StoreOpening opening = await pump.RenewAsync(Stop);
            Assert.True(progress.Outcome != AppendOutcome.LeaseLost || opening.Status == StoreOpenStatus.LeaseLost);
            IMessageAppender next = opening.Appender ?? await OpenAsync(test, "pump");
            Assert.True(next.Epoch > pump.Epoch);
            stored = test.Read("pump");
            Assert.Equal(stored.Count, next.Progress.CommittedSequence);
            for (int back = 0; back < Math.Min(StoreUnderTest.Window, stored.Count); back++)
            {
                Assert.True(next.TryGetCrc(stored[^(back + 1)].Sequence, out uint crc));
                Assert.Equal(Crc32C.Compute(Bytes(stored[^(back + 1)].Text)), crc);
            }

            acknowledged.AddRange(stored.Skip(acknowledged.Count));
            await pump.CloseAsync();
            pump = next;
        }
    }

    /// <summary>A store of its own for each test.</summary>
    /// <param name="seed">Where it may have what becomes of messages drawn at random: from this; null has all commit.</param>
    private protected abstract StoreUnderTest Create(int? seed = null);

    private static async Task<IMessageAppender> OpenAsync(StoreUnderTest test, string? client)
    {
        // A store that cannot be reached now can be in a moment.
        for (int attempt = 0; attempt < 100; attempt++)
        {
            Task<StoreOpening> opening = test.Store.OpenAsync(client, "peer", Stop).AsTask();
            if (!opening.IsCompleted)
            {
                test.Settle();
            }

            if ((await opening).Appender is { } appender)
            {
                return appender;
            }
        }

        throw new InvalidOperationException("The store cannot be reached for ever.");
    }

    private static void Append(IMessageAppender appender, long sequence, string? text = null) =>
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, Bytes(text ?? $"message {sequence}")));

    private static void AssertCrcs(IMessageAppender appender, int first, int last)
    {
        for (int sequence = first; sequence <= last; sequence++)
        {
            Assert.True(appender.TryGetCrc(sequence, out uint crc));
            Assert.Equal(Crc32C.Compute(Bytes($"message {sequence}")), crc);
        }
    }

    private static IEnumerable<(long Sequence, string Text)> Numbered(int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(sequence => ((long)sequence, $"message {sequence}"));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(string text) => Memory = Bytes(text);

        public Piece Append(string text)
        {
            var next = new Piece(text) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
