using Aldis.Journal.Stores;
using Aldis.Tests.Stores;

namespace Aldis.Journal.Tests.Stores;

/// <summary>The store in memory that the conversation is tested with is a store as any.</summary>
public sealed class UncertainConformanceTests : MessageStoreConformance
{
    private protected override StoreUnderTest Create(int? seed = null) => new UncertainStoreUnderTest(seed);

    [Fact]
    public async Task Each_outcome_comes_about()
    {
        await using var store = new UncertainStore(seed: 1);
        for (int round = 0; round < 300; round++)
        {
            if ((await store.OpenAsync("pump", "peer", TestContext.Current.CancellationToken)).Appender is { } appender)
            {
                for (int count = 1; count <= 8; count++)
                {
                    _ = appender.TryAppend(appender.Progress.CommittedSequence + count, [1]);
                }

                store.Settle();
                await appender.CloseAsync();
            }
        }

        Assert.All([AppendOutcome.NotStored, AppendOutcome.Unknown, AppendOutcome.LeaseLost], outcome => Assert.True(store.Outcomes[outcome] > 10));
        Assert.Empty(store.Misuse);
    }

    private sealed class UncertainStoreUnderTest(int? seed) : StoreUnderTest
    {
        private readonly UncertainStore _store = new(seed);

        public override IMessageStore Store => _store;

        public override void Settle() => _store.Settle();

        public override List<(long Sequence, string Text)> Read(string? client) => client is null
            ? [.. _store.Plain.Select(text => (0L, text))]
            : [.. _store.Client(client).Texts.Select((text, index) => (index + 1L, text))];

        public override ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
