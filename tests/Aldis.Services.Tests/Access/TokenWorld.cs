using System.Net;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Services.Access;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Native;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Tests.Access;

/// <summary>All conversations behind a file of tokens, without a socket and on a clock that stands at the first moment of 2030.</summary>
internal sealed class TokenWorld : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MessageStore _store;
    private readonly ServiceProvider _services;

    public TokenWorld(string tokens, ExemptPeers exempt = ExemptPeers.None)
    {
        _store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        Write(tokens);
        Policy = new TokenPolicy(Path, ["ack", "echo", "exchange", "files", "messages"], exempt, Events, Time);
        _services = new ServiceCollection()
            .AddSingleton(_store)
            .AddSingleton(new FileInbox(new InboxOptions { Directory = _directory.Combine("files") }))
            .AddSingleton<IClientPolicy>(Policy)
            .BuildServiceProvider();
    }

    public VirtualTime Time { get; } = new();

    public RecordedEvents Events { get; } = new();

    public TokenPolicy Policy { get; }

    public string Path => _directory.Combine("tokens");

    /// <summary>A line for a token; it is called as the token backwards, so that its name is not the token.</summary>
    public static string Line(string token, string fields = "ids=*")
    {
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(Encoding.ASCII.GetBytes(token), hash);
        return $"{string.Concat(token.Reverse())} sha256:{Convert.ToHexStringLower(hash)} {fields}\n";
    }

    public static string Unit(string text) => text.PadRight(64);

    public void Write(string tokens) => File.WriteAllText(Path, tokens);

    public InMemoryConnection Connect(string service, IPAddress? from = null)
    {
        Conversation conversation = new[]
        {
            AckConversation.Descriptor, EchoConversation.Descriptor, ExchangeConversation.Descriptor, FilesConversation.Descriptor,
            MessagesConversation.Descriptor,
        }.Single(each => each.Name == service);
        ConnectionHandler handler = conversation.Stream!(new ConversationPlace(EndpointAddress.Parse(":1"), _services));
        var connection = new InMemoryConnection { RemoteEndPoint = new IPEndPoint(from ?? IPAddress.Parse("192.0.2.7"), 5000) };
        connection.Serve(handler, Events);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        Policy.Dispose();
        await _services.DisposeAsync();
        _directory.Dispose();
    }
}
