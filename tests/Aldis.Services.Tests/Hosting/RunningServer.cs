using System.Net;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>A server of one conversation inside the test's own process, on a port the system picked.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(ConversationServer server, RecordedEvents events)
    {
        Server = server;
        Events = events;
    }

    public ConversationServer Server { get; }

    public RecordedEvents Events { get; }

    public EndPoint EndPoint => Server.Endpoints[0].EndPoint;

    public static async Task<RunningServer> StartAsync(
        string service,
        ConnectionHandler handler,
        ConnectionLimits? limits = null,
        TimeProvider? time = null,
        string address = "tcp://127.0.0.1:0")
    {
        var events = new RecordedEvents();
        var options = new ServerOptions
        {
            Limits = limits ?? ConnectionLimits.Default,
            Events = events,
            Time = time ?? TimeProvider.System,

            // How many descriptors other tests of this process have open is not to be spoken of.
            MaxDescriptors = 1_000_000,
        };
        ConversationServer server = new ConversationServer(options).Listen(service, address, handler);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new RunningServer(server, events);
    }

    public Task<LabClient> ConnectAsync(IPAddress? from = null, int? receiveBufferBytes = null) =>
        LabClient.ConnectAsync(EndPoint, from, receiveBufferBytes);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
