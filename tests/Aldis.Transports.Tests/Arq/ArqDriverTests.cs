using System.Net;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Arq;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Transports.Tests.Arq;

public sealed class ArqDriverTests
{
    [Theory]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("::", "127.0.0.2")]
    [InlineData("::", "::1")]
    public async Task A_listener_on_every_address_answers_from_the_one_it_was_called_at(string bound, string called)
    {
        await using TransportHost host = await StartAsync(new IPEndPoint(IPAddress.Parse(bound), 0), Handlers.Echo);
        int port = ((ArqEndPoint)host.EndPoint).Udp.Port;
        await using ArqStream client = await ArqStream.ConnectAsync(
            new ArqEndPoint(new IPEndPoint(IPAddress.Parse(called), port)), cancellationToken: TestContext.Current.CancellationToken);
        await client.WriteAsync("over here"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] reply = new byte[9];
        await client.ReadExactlyAsync(reply, TestContext.Current.CancellationToken);
        Assert.Equal("over here"u8, reply);
    }

    [Fact]
    public async Task A_defect_under_the_lock_ends_the_connections_and_not_the_process()
    {
        await using TransportHost host = await StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), async connection => await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input));
        var trace = new FailingSink();
        ConnectionContext client = await new ArqConnectionFactory(trace).ConnectAsync(host.EndPoint, TestContext.Current.CancellationToken);
        Task<System.IO.Pipelines.ReadResult> pending = client.Transport.Input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        trace.IsArmed = true;
        await client.Transport.Output.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        IOException exception = await Assert.ThrowsAsync<IOException>(() => pending);
        Assert.Contains("defect", exception.Message, StringComparison.Ordinal);
        await client.DisposeAsync();

        // The thread of all clients goes on.
        await using ArqStream another = await ArqStream.ConnectAsync(
            (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_listener_can_be_disposed_twice()
    {
        var factory = new ArqListenerFactory(new ArqHostingOptions(), NullLoggerFactory.Instance);
        IConnectionListener listener = await factory.BindAsync(
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)), TestContext.Current.CancellationToken);
        await listener.DisposeAsync();
        await listener.DisposeAsync();
    }

    private static Task<TransportHost> StartAsync(IPEndPoint endPoint, ConnectionDelegate handler) =>
        TransportHost.StartAsync(builder => builder.UseAldisArq(), handler, new ArqEndPoint(endPoint));

    private sealed class FailingSink : ITraceSink
    {
        public bool IsArmed { get; set; }

        // What comes from the server is processed on the loop's thread.
        public void Record(in TraceEvent traceEvent)
        {
            if (IsArmed && traceEvent.Kind == TraceEventKind.AcknowledgementReceived)
            {
                throw new InvalidOperationException("made for this test");
            }
        }
    }
}
