using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Clients that are slow, silent, deaf, rude or too many cost themselves their connection and nobody else.</summary>
public sealed class HostileClientTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task A_client_that_begins_a_header_and_stops_is_closed_and_others_are_served()
    {
        var limits = new ConnectionLimits { UnitTimeout = TimeSpan.FromMilliseconds(1) };
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler(), limits);
        using LabClient silent = await server.ConnectAsync();
        using LabClient slow = await server.ConnectAsync();
        await slow.SendAsync("12");

        Assert.Empty(await slow.ReceiveToEndAsync());
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("a header was begun and not finished in time", closed.Detail);
        Assert.Equal(slow.Address, closed.Peer);

        // The one that said nothing at all is only idle.
        await silent.SendAsync(LabFrame.Of("here I am"));
        Assert.Equal(LabFrame.ConfirmationText, await silent.ReceiveFrameAsync());
    }

    [Fact]
    public async Task A_silent_client_is_closed_after_the_idle_limit_on_the_servers_clock()
    {
        var time = new VirtualTime();
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), time: time);
        using LabClient silent = await server.ConnectAsync();
        await server.Events.WaitForAsync(ServiceEventKind.ConnectionOpened);

        time.Advance(TimeSpan.FromHours(2));

        Assert.Empty(await silent.ReceiveToEndAsync());
        Assert.Equal("idle for too long", (await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_read_no_further_then_closed_and_others_are_served()
    {
        var time = new VirtualTime();
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), time: time);
        using LabClient deaf = await server.ConnectAsync(receiveBufferBytes: 4096);
        using LabClient other = await server.ConnectAsync();
        await other.SendAsync("before");
        await other.ReceiveTextAsync(6);

        long sent = await SendUntilStuckAsync(deaf);
        Assert.True(sent < 64 * 1024 * 1024, $"The server took {sent} bytes from a client that reads nothing.");
        await other.SendAsync("beside");
        Assert.Equal("beside", await other.ReceiveTextAsync(6));

        // The first look after the last byte sees progress, a later one finds none.
        ServiceEvent? closed = null;
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(10));
            closed = server.Events.Of(ServiceEventKind.ConnectionClosed).Cast<ServiceEvent?>()
                .FirstOrDefault(what => what?.Peer == deaf.Address);
            return closed is not null;
        });
        Assert.Equal("idle for too long", closed?.Detail);

        // Its answers are still unread, and yet the server lets go of its end.
        await Wait.UntilAsync(() => deaf.SendWhatFits("x"u8) < 0);
    }

    [Fact]
    public async Task Clients_that_reset_in_the_middle_of_a_frame_leave_others_served()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient other = await server.ConnectAsync();
        for (int round = 0; round < 200; round++)
        {
            using LabClient rude = await server.ConnectAsync();
            await rude.SendAsync(LabFrame.Header(1000)[..(round % 65)]);
            rude.Reset();
        }

        await other.SendAsync(LabFrame.Of("still here"));
        Assert.Equal(LabFrame.ConfirmationText, await other.ReceiveFrameAsync());
        await server.Events.WaitForAsync(what => what is { Kind: ServiceEventKind.ConnectionClosed, Active: 1 });
        Assert.Empty(server.Events.Of(ServiceEventKind.Fault));
        Assert.Single(server.Events.Of(ServiceEventKind.MessageReceived));
    }

    [Fact]
    public async Task Of_5000_connections_from_one_address_the_excess_is_refused_and_others_are_served()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        List<LabClient> crowd = [];
        try
        {
            for (int count = 0; count < 5000; count++)
            {
                if (await ConnectUnlessResetAsync(server) is LabClient client)
                {
                    crowd.Add(client);
                }
            }

            await server.Events.WaitForAsync(_ => server.Server.Statistics.ConnectionsRefused == 4000);
            Assert.Equal(1000, server.Server.OpenConnections);
            Assert.All(
                server.Events.Of(ServiceEventKind.ConnectionRefused),
                refused => Assert.Contains("from this address", refused.Detail, StringComparison.Ordinal));

            using LabClient other = await server.ConnectAsync(Elsewhere);
            await other.SendAsync("Hello");
            Assert.Equal("ACK received", await other.ReceiveOnceAsync());
            await crowd[0].SendAsync("Hello");
            Assert.Equal("ACK received", await crowd[0].ReceiveOnceAsync());
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_place_that_becomes_free_is_given_to_the_next()
    {
        var limits = new ConnectionLimits { MaxConnectionsPerAddress = 1 };
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler(), limits);
        for (int round = 0; round < 3; round++)
        {
            using LabClient admitted = await server.ConnectAsync();
            await admitted.SendAsync("Hello");
            Assert.Equal("ACK received", await admitted.ReceiveOnceAsync());
            await BeRefusedAsync(server);

            admitted.FinishWriting();
            Assert.Empty(await admitted.ReceiveToEndAsync());
            await Wait.UntilAsync(() => server.Server.OpenConnections == 0);
        }

        Assert.Equal(3, server.Server.Statistics.ConnectionsRefused);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("arq://127.0.0.1:0")]
    public async Task A_client_that_does_not_take_its_answer_keeps_its_place_until_it_is_gone(string address)
    {
        var limits = new ConnectionLimits { MaxConnectionsPerAddress = 1 };
        await using RunningServer server = await RunningServer.StartAsync("ack", new LongAnswerHandler(), limits, address: address);
        EndpointAddress uri = EndpointAddress.Parse(server.Server.Endpoints[0].Uri);
        await using (ClientConnection deaf = await Dialer.ConnectAsync(uri, cancellationToken: TestContext.Current.CancellationToken))
        {
            await deaf.Stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed).InTime();

            ClientConnection? second = await TryConnectAsync(uri);
            await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused).InTime();
            Assert.Equal(1, server.Server.OpenConnections);
            second?.Abort();
            await (second?.DisposeAsync() ?? ValueTask.CompletedTask);
            deaf.Abort();
        }

        await Wait.UntilAsync(() => server.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task The_limit_in_all_counts_every_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        var limits = new ConnectionLimits { MaxConnections = 4, MaxConnectionsPerAddress = 3 };
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler(), limits);
        List<LabClient> admitted = [];
        for (int count = 0; count < 4; count++)
        {
            LabClient client = await server.ConnectAsync(count < 2 ? IPAddress.Loopback : Elsewhere);
            admitted.Add(client);
            await client.SendAsync("Hello");
            Assert.Equal("ACK received", await client.ReceiveOnceAsync());
        }

        await BeRefusedAsync(server, IPAddress.Parse("127.0.0.3"));

        ServiceEvent refused = await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal("4 connections are open, the most this server takes", refused.Detail);
        Assert.StartsWith("127.0.0.3:", refused.Peer, StringComparison.Ordinal);
        admitted.ForEach(client => client.Dispose());
    }

    /// <summary>Connects; null where the refusal came before the system had told us that we were connected.</summary>
    private static async Task<LabClient?> ConnectUnlessResetAsync(RunningServer server, IPAddress? from = null)
    {
        try
        {
            return await server.ConnectAsync(from);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    private static async Task BeRefusedAsync(RunningServer server, IPAddress? from = null)
    {
        using LabClient? refused = await ConnectUnlessResetAsync(server, from);
        if (refused is not null)
        {
            await refused.WaitForEndAsync();
        }
    }

    /// <summary>Sends until the system takes nothing for a while: every buffer on the way is full.</summary>
    private static async Task<long> SendUntilStuckAsync(LabClient client)
    {
        byte[] piece = new byte[64 * 1024];
        long sent = 0;
        for (int quiet = 0; quiet < 20;)
        {
            long taken = client.SendWhatFits(piece);
            sent += taken;
            quiet = taken > 0 ? 0 : quiet + 1;
            if (taken == 0)
            {
                // Lets the server's threads take what they would take.
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        return sent;
    }

    /// <summary>Connects to a server that refuses; it may be quick enough to say so before the connection is there.</summary>
    private static async Task<ClientConnection?> TryConnectAsync(EndpointAddress address)
    {
        try
        {
            return await Dialer.ConnectAsync(address, cancellationToken: TestContext.Current.CancellationToken);
        }
        catch (CommunicationException)
        {
            return null;
        }
    }

    /// <summary>Ends long before its answer can have been taken.</summary>
    private sealed class LongAnswerHandler : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            await connection.Transport.Input.ReadAsync();
            connection.Transport.Output.Write(new byte[64 << 20]);
        }
    }
}
