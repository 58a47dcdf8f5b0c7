using System.Buffers;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Tests.Messages;

/// <summary>A client and a server over a store that commits, does not, does not know, or lost the lease, at random.</summary>
public sealed class UncertainStoreTests
{
    private const int Seeds = 200;

    [Fact]
    public async Task Whatever_becomes_of_an_append_what_is_acknowledged_is_stored_once_in_order_and_nobody_is_answered_before_it_is_known()
    {
        Dictionary<AppendOutcome, int> outcomes = [];
        for (int seed = 1; seed <= Seeds; seed++)
        {
            await using var conversation = new UncertainConversation(seed);
            List<string> violations = await conversation.RunAsync();
            Assert.True(violations.Count == 0, $"seed {seed}: {string.Join("; ", violations)}");
            foreach ((AppendOutcome outcome, int count) in conversation.Outcomes)
            {
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + count;
            }
        }

        Assert.All([AppendOutcome.NotStored, AppendOutcome.Unknown, AppendOutcome.LeaseLost], outcome => Assert.True(outcomes[outcome] > 50));
    }

    [Theory]
    [InlineData(AppendOutcome.Committed)]
    [InlineData(AppendOutcome.NotStored)]
    public async Task A_server_that_takes_unknown_for_something_known_is_caught(AppendOutcome mistaken)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            await using var conversation = new UncertainConversation(seed, store => new MistakenStore(store, mistaken));
            if ((await conversation.RunAsync()).Count > 0)
            {
                return;
            }
        }

        Assert.Fail($"Nothing was broken by taking unknown for {mistaken}.");
    }

    /// <summary>A store whose server mistakes unknown for another outcome.</summary>
    private sealed class MistakenStore(IMessageStore store, AppendOutcome mistaken) : IMessageStore
    {
        public AcknowledgementLevel Level => store.Level;

        public int MaxMessageBytes => store.MaxMessageBytes;

        public int Window => store.Window;

        public async ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default) =>
            Mistake(await store.OpenAsync(client, peer, cancellationToken), mistaken);

        public ValueTask DisposeAsync() => store.DisposeAsync();

        private static StoreOpening Mistake(in StoreOpening opening, AppendOutcome mistaken) =>
            opening.IsOpen ? StoreOpening.Of(new Appender(opening.Appender, mistaken)) : opening;

        private sealed class Appender(IMessageAppender appender, AppendOutcome mistaken) : IMessageAppender
        {
            public long Epoch => appender.Epoch;

            public AppendProgress Progress
            {
                get
                {
                    AppendProgress progress = appender.Progress;
                    return progress.Outcome != AppendOutcome.Unknown ? progress
                        : mistaken == AppendOutcome.NotStored ? progress with { Outcome = mistaken }
                        : progress with
                        {
                            CommittedCount = progress.AcceptedCount,
                            CommittedSequence = progress.CommittedSequence + progress.AcceptedCount - progress.CommittedCount,
                            Outcome = mistaken,
                        };
                }
            }

            public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload) => appender.TryAppend(sequence, payload);

            public AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload) => appender.TryAppend(sequence, payload);

            public bool TryGetCrc(long sequence, out uint crc) => appender.TryGetCrc(sequence, out crc);

            public ValueTask WaitForProgressAsync() => appender.WaitForProgressAsync();

            public ValueTask WaitForSpaceAsync() => appender.WaitForSpaceAsync();

            public void Wake() => appender.Wake();

            public void HandleFarewell() => appender.HandleFarewell();

            public async ValueTask<StoreOpening> RenewAsync(CancellationToken cancellationToken = default) =>
                Mistake(await appender.RenewAsync(cancellationToken), mistaken);

            public Task CloseAsync() => appender.CloseAsync();
        }
    }
}
