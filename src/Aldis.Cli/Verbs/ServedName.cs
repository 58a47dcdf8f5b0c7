using Aldis.Services;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Cli.Verbs;

/// <summary>One <c>NAME</c> or <c>NAME=ADDRESS</c> of <c>aldis serve</c>: which conversation, and where.</summary>
/// <param name="Name">The conversation.</param>
/// <param name="Address">Where it is served.</param>
internal sealed record ServedName(string Name, EndpointAddress Address)
{
    private static readonly Dictionary<string, int> Ports = new(StringComparer.Ordinal)
    {
        ["ack"] = DefaultPorts.Ack,
        ["echo"] = DefaultPorts.Echo,
        ["exchange"] = DefaultPorts.Exchange,
        ["files"] = DefaultPorts.Files,
        ["messages"] = DefaultPorts.Messages,
    };

    /// <summary>Reads the words of the command line.</summary>
    /// <param name="words">The words; none means all conversations.</param>
    /// <param name="listen">The host for what names none.</param>
    /// <returns>What to serve; by its name alone a conversation is served over TCP and <c>arq</c>, <c>echo</c> over TCP and UDP.</returns>
    /// <exception cref="UsageException">A word names no conversation or no address.</exception>
    public static List<ServedName> Parse(IReadOnlyCollection<string> words, string listen)
    {
        var served = new List<ServedName>();
        foreach (string word in words.Count == 0 ? Ports.Keys : words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (!Ports.TryGetValue(name, out int port))
            {
                throw new UsageException($"'{name}' is no conversation: there are {string.Join(", ", Ports.Keys)}.");
            }

            string text = equals < 0 ? $":{port}" : word[(equals + 1)..];
            if (!EndpointAddress.TryParse(text, out EndpointAddress? address, out string? error))
            {
                throw new UsageException(error);
            }

            address = address.WithDefaults(listen, port);
            served.Add(new ServedName(name, address));
            if (equals < 0)
            {
                // The UDP port of the echo is that of single datagrams (RFC 862).
                served.Add(new ServedName(name, address.WithScheme(name == "echo" ? TransportScheme.Udp : TransportScheme.Arq)));
            }
        }

        return served;
    }

    /// <summary>Adds the conversation to a server.</summary>
    /// <param name="server">The server, not yet started.</param>
    /// <param name="inbox">Where files go.</param>
    /// <param name="store">Where messages go; only <c>messages</c> needs it.</param>
    public void ListenOn(ConversationServer server, FileInbox inbox, MessageStore? store)
    {
        if (Name == "echo" && Address.Scheme == TransportScheme.Udp)
        {
            server.ListenDatagramEcho(Address);
            return;
        }

        ConnectionHandler handler = Name switch
        {
            "ack" => new AckHandler(AckOptions.Of(Address)),
            "echo" => new EchoHandler(),
            "exchange" => new ExchangeHandler(),
            "files" => new FilesHandler(inbox),
            _ => new MessagesHandler(store!),
        };
        server.Listen(Name, Address, handler);
    }
}
