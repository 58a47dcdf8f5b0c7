using System.Globalization;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;

namespace Aldis.Services.Tests.Messages;

/// <summary>One durable store in a temporary directory for all tests that do not look at what it holds.</summary>
internal static class TestStore
{
    private static readonly Lazy<MessageStore> Shared = new(Open);
    private static int _handlers;

    /// <summary>A handler over the shared store, whose clients are its own: two tests may name the same one.</summary>
    public static MessagesHandler NewHandler() =>
        new(new MessageStore(new OwnClients(Shared.Value.Store, Interlocked.Increment(ref _handlers))));

    private static MessageStore Open()
    {
        string directory = Directory.CreateTempSubdirectory("aldis-test-store-").FullName;
        MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = directory });
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            store.Dispose();
            Directory.Delete(directory, recursive: true);
        };
        return store;
    }

    /// <summary>Keeps a client under another name than it says, with a number in front.</summary>
    private sealed class OwnClients(IMessageStore store, int number) : IMessageStore
    {
        public AcknowledgementLevel Level => store.Level;

        public int MaxMessageBytes => store.MaxMessageBytes;

        public int Window => store.Window;

        public ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default) =>
            store.OpenAsync(
                client is null ? null : string.Create(CultureInfo.InvariantCulture, $"{number}.{client}"), peer, cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}
