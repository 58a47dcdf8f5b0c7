using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Datagrams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Tests.Hosting;

/// <summary>A listener that dies of a defect is told of, opened again, and told of once more where that does not help.</summary>
public sealed class ListenerDeathTests
{
    private static readonly TimeSpan AnyPause = TimeSpan.FromSeconds(30);

    private readonly VirtualTime _time = new();
    private readonly RecordedEvents _events = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ServerOptions Options => new() { Events = _events, Time = _time };

    [Fact]
    public async Task An_arq_listener_that_died_of_a_defect_serves_again_at_its_port()
    {
        var defect = new DefectOnce();
        await using var server = new ConversationServer(Options with { ArqTrace = defect });
        server.Listen(EchoConversation.Descriptor, "arq://127.0.0.1:0");
        await server.StartAsync(Stop);
        BoundEndpoint place = server.Endpoints[0];

        await using (EchoClient client = await EchoClient.ConnectAsync(place.Uri, cancellationToken: Stop))
        {
            await client.ExchangeAsync("x"u8.ToArray(), Stop).InTime();
            defect.IsArmed = true;
            await Assert.ThrowsAsync<CommunicationException>(() => PassingTime(client.ExchangeAsync("x"u8.ToArray(), Stop)));
        }

        ServiceEvent failed = await _events.WaitForAsync(ServiceEventKind.ListenerFailed);
        await PassingTime(_events.WaitForAsync(ServiceEventKind.ListenerReopened));
        await using EchoClient next = await EchoClient.ConnectAsync(place.Uri, cancellationToken: Stop);

        Assert.Equal("y"u8.ToArray(), (await next.ExchangeAsync("y"u8.ToArray(), Stop).InTime()).ToArray());
        Assert.Equal("echo", failed.Service);
        Assert.StartsWith($"{place.Uri}: ", failed.Detail, StringComparison.Ordinal);
        Assert.Contains("made for this test", failed.Detail, StringComparison.Ordinal);
        Assert.False(server.ListenerLost.IsCompleted);
    }

    [Fact]
    public async Task A_datagram_listener_that_died_of_a_defect_serves_again_at_its_port()
    {
        await using ConversationServer server = await StartFragileAsync(() => false);
        BoundEndpoint place = server.Endpoints[0];

        await SendAsync(place, "!");
        await _events.WaitForAsync(ServiceEventKind.ListenerFailed);
        await PassingTime(_events.WaitForAsync(ServiceEventKind.ListenerReopened));

        await using DatagramEchoClient client = await DatagramEchoClient.ConnectAsync(place.Uri, cancellationToken: Stop);
        Assert.Equal("y"u8.ToArray(), (await client.ExchangeAsync("y"u8.ToArray(), Stop).InTime()).ToArray());
        Assert.Contains("made for this test", (await _events.WaitForAsync(ServiceEventKind.Fault)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_cannot_be_opened_again_is_lost_and_the_others_go_on()
    {
        bool isTaken = false;
        await using ConversationServer server = await StartFragileAsync(() => Volatile.Read(ref isTaken));
        Volatile.Write(ref isTaken, true);

        await SendAsync(server.Endpoints[0], "!");
        CommunicationException lost = await PassingTime(server.ListenerLost);

        Assert.Equal(CommunicationFailure.Network, lost.Failure);
        Assert.Equal(
            $"the listener of fragile at {server.Endpoints[0].Uri} died and could not be opened again: it is taken; start the server anew.",
            lost.Message);
        ServiceEvent told = await _events.WaitForAsync(ServiceEventKind.ListenerLost);
        Assert.Equal($"{server.Endpoints[0].Uri}: it is taken", told.Detail);
        await using EchoClient client = await EchoClient.ConnectAsync(server.Endpoints[1].Uri, cancellationToken: Stop);
        Assert.Equal("y"u8.ToArray(), (await client.ExchangeAsync("y"u8.ToArray(), Stop).InTime()).ToArray());
    }

    [Fact]
    public async Task The_health_check_and_the_log_tell_of_a_listener_that_is_lost()
    {
        bool isTaken = false;
        var log = new RecordedLog();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddAldis(aldis =>
        {
            aldis.Options = Options;
            aldis.Listen(Fragile(() => Volatile.Read(ref isTaken)), "udp://127.0.0.1:0");
        });
        await using ServiceProvider application = services.BuildServiceProvider();
        ConversationServer server = application.GetRequiredService<ConversationServer>();
        HealthCheckService health = application.GetRequiredService<HealthCheckService>();
        await server.StartAsync(Stop);
        Volatile.Write(ref isTaken, true);

        await SendAsync(server.Endpoints[0], "!");
        await _events.WaitForAsync(ServiceEventKind.ListenerFailed);
        HealthReportEntry reopening = (await health.CheckHealthAsync(Stop)).Entries[AldisHosting.HealthCheckName];
        await PassingTime(server.ListenerLost);
        HealthReportEntry lost = (await health.CheckHealthAsync(Stop)).Entries[AldisHosting.HealthCheckName];

        Assert.Equal(HealthStatus.Degraded, reopening.Status);
        Assert.Equal(HealthStatus.Unhealthy, lost.Status);
        Assert.Equal($"lost: fragile at {server.Endpoints[0].Uri}: it is taken", lost.Description);
        await log.WaitForAsync(static line => line.StartsWith("Critical ", StringComparison.Ordinal)
            && line.EndsWith("could not be opened again: it is taken.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_stops_while_a_listener_is_being_opened_again_stops()
    {
        ConversationServer server = await StartFragileAsync(static () => false);
        await SendAsync(server.Endpoints[0], "!");
        await _events.WaitForAsync(ServiceEventKind.ListenerFailed);

        await server.DisposeAsync().InTime();

        Assert.False(server.ListenerLost.IsCompleted);
    }

    private static async Task SendAsync(BoundEndpoint place, string text)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.SendToAsync(System.Text.Encoding.ASCII.GetBytes(text), place.EndPoint, Stop);
    }

    private static Conversation Fragile(Func<bool> isTaken) => new()
    {
        Name = "fragile",
        DefaultPort = 7001,
        Datagrams = place => isTaken()
            ? throw new CommunicationException(CommunicationFailure.Network, "it is taken.")
            : DatagramListener.Bind((IPEndPoint)place.EndPoint, static bound => new FragileEngine(bound.Port), fault: place.Fault),
    };

    private async Task<ConversationServer> StartFragileAsync(Func<bool> isTaken)
    {
        ConversationServer server = new ConversationServer(Options)
            .Listen(Fragile(isTaken), "udp://127.0.0.1:0")
            .Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0");
        await server.StartAsync(Stop);
        return server;
    }

    // The pauses ring on the virtual clock, whenever they are begun.
    private async Task<T> PassingTime<T>(Task<T> task)
    {
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!task.IsCompleted && System.Diagnostics.Stopwatch.GetElapsedTime(began) < LabClient.Patience)
        {
            _time.Advance(AnyPause);
            await Task.Yield();
        }

        return await task.InTime();
    }

    private Task<T> PassingTime<T>(ValueTask<T> task) => PassingTime(task.AsTask());

    /// <summary>Echoes, and dies of an exclamation mark.</summary>
    private sealed class FragileEngine(int port) : IDatagramEngine
    {
        private readonly EchoEngine _echo = new(port);

        public long NextDeadlineNs => _echo.NextDeadlineNs;

        public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
        {
            if (buffer[0] == (byte)'!')
            {
                throw new InvalidOperationException("made for this test");
            }

            _echo.OnDatagram(path, buffer, segmentSize, nowNs);
        }

        public void OnTimer(long nowNs) => _echo.OnTimer(nowNs);

        public void OnRefused(in PathKey path, long nowNs) => _echo.OnRefused(path, nowNs);

        public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit) =>
            _echo.TryGetTransmit(buffer, nowNs, out transmit);
    }

    private sealed class DefectOnce : ITraceSink
    {
        private volatile bool _isArmed;

        public bool IsArmed
        {
            get => _isArmed;
            set => _isArmed = value;
        }

        public void Record(in TraceEvent traceEvent)
        {
            if (_isArmed)
            {
                _isArmed = false;
                throw new InvalidOperationException("made for this test");
            }
        }
    }
}
