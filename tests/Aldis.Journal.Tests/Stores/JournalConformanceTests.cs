using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Embedded;
using Aldis.Protocols.Messages;
using Aldis.Tests.Stores;

namespace Aldis.Journal.Tests.Stores;

/// <summary>The journal is a store as any.</summary>
public sealed class JournalConformanceTests : MessageStoreConformance
{
    private protected override StoreUnderTest Create(int? seed = null) => new JournalUnderTest(AcknowledgementLevel.Durable);
}

/// <summary>As above, where the append itself commits the message.</summary>
public sealed class ReceivedJournalConformanceTests : MessageStoreConformance
{
    private protected override StoreUnderTest Create(int? seed = null) => new JournalUnderTest(AcknowledgementLevel.Received);
}

/// <summary>A journal whose waiters go on inside its writer, as in a server.</summary>
internal sealed class JournalUnderTest(AcknowledgementLevel level) : StoreUnderTest
{
    private readonly TestJournal _journal = new(options: TestJournal.Options with
    {
        Level = level,
        MaxMessageBytes = MaxMessageBytes,
        Window = Window,
        MaxQueuedBytesPerAppender = QueueBytes,
        RunContinuationsInline = true,
    });

    public override IMessageStore Store => _journal.Journal;

    public override void Settle() => _journal.Step();

    public override List<(long Sequence, string Text)> Read(string? client)
    {
        using var reader = new JournalReader(TestJournal.Directory, _journal.Storage, new JournalQuery { Client = client ?? string.Empty });
        List<(long Sequence, string Text)> stored = [];
        while (reader.TryRead(out JournalMessage? message))
        {
            stored.Add((message.Sequence, Encoding.UTF8.GetString(message.Payload.Span)));
        }

        return stored;
    }

    public override ValueTask DisposeAsync()
    {
        _journal.Dispose();
        return ValueTask.CompletedTask;
    }
}
