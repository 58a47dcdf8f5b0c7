using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// A messages server with a journal of its own, on a Unix socket whose path stays the same, so that it can be stopped and started
/// again under its clients.
/// </summary>
internal sealed class MessagesServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private MessageStore? _store;
    private ConversationServer? _server;

    public string Address => $"unix:{_directory.Combine("messages.sock")}";

    public EndPoint EndPoint => new UnixDomainSocketEndPoint(_directory.Combine("messages.sock"));

    public string JournalDirectory { get; private set; } = "journal-1";

    /// <summary>Serves; what is in the journal from before is there.</summary>
    public async Task StartAsync(MessageStoreOptions? options = null)
    {
        string directory = _directory.Combine(JournalDirectory);
        _store = MessageStore.Open((options ?? new MessageStoreOptions { Directory = directory }) with { Directory = directory });
        File.Delete(_directory.Combine("messages.sock"));
        _server = new ConversationServer().Listen("messages", Address, new MessagesHandler(_store));
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Stops in order, within a moment.</summary>
    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _store?.Dispose();
        (_server, _store) = (null, null);
    }

    /// <summary>The next start begins with an empty journal, as after somebody replaced the data directory.</summary>
    public void ForgetJournal() => JournalDirectory = "journal-2";

    /// <summary>What the journal holds of a client, in order; the plain form has the client "".</summary>
    public List<string> Stored(string client)
    {
        var stored = new List<string>();
        using var reader = new JournalReader(_directory.Combine(JournalDirectory), FileStorage.Instance, new JournalQuery { Client = client });
        while (reader.TryRead(out JournalMessage? message))
        {
            stored.Add(Encoding.UTF8.GetString(message.Payload.Span));
        }

        return stored;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
