using Aldis.Services.Messages;

namespace Aldis.Services.Tests.Messages;

/// <summary>One durable store in a temporary directory for all tests that do not look at what it holds.</summary>
internal static class TestStore
{
    private static readonly Lazy<MessageStore> Shared = new(Open);

    /// <summary>A handler over the shared store.</summary>
    public static MessagesHandler NewHandler() => new(Shared.Value);

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
}
