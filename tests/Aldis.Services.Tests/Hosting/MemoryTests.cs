using System.Globalization;
using System.Net;
using System.Text;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Whoever fills a server's memory with messages that do not come to their end is ended, and others are served meanwhile.</summary>
public sealed class MemoryTests
{
    private const int MessageBytes = 1 << 20;
    private const int Hostile = 16;

    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    // Each address has half of it, of which three of these messages make memory scarce.
    private static readonly ConnectionLimits EightMebibytes = new() { MaxMemoryBytes = 8 << 20 };

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("unix:")]
    [InlineData("arq://127.0.0.1:0")]
    public async Task Messages_that_stop_one_byte_short_hold_no_more_than_the_bound_and_short_ones_are_taken_meanwhile(string address)
    {
        using var directory = new TemporaryDirectory();
        var time = new VirtualTime();
        string place = address == "unix:" ? "unix:" + Path.Combine(directory.Path, "socket") : address;
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler(), EightMebibytes, time, place);
        EndpointAddress uri = EndpointAddress.Parse(server.Server.Endpoints[0].Uri);
        List<ClientConnection> hostile = await FillAsync(server, uri);
        try
        {
            await using ClientConnection honest = await Dialer.ConnectAsync(uri, cancellationToken: TestContext.Current.CancellationToken);
            await TellAsync(honest, "are you there");

            // What was under way still moves at first.
            await Wait.UntilAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return server.Server.Statistics.ConnectionsShed > 0;
            });

            ServiceEvent ended = await server.Events.WaitForAsync(
                static what => what is { Kind: ServiceEventKind.ConnectionClosed, Cause: ServiceEventCause.MemoryLimit });
            Assert.Equal("ended: memory is scarce, and it moved less than 240 B/s for 60 s", ended.Detail);
            await TellAsync(honest, "still");
        }
        finally
        {
            hostile.ForEach(static client => client.Abort());
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("arq://127.0.0.1:0")]
    public async Task A_long_message_that_had_to_wait_is_taken_when_there_is_room(string address)
    {
        var time = new VirtualTime();
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler(), EightMebibytes, time, address);
        EndpointAddress uri = EndpointAddress.Parse(server.Server.Endpoints[0].Uri);
        List<ClientConnection> hostile = await FillAsync(server, uri);
        await using ClientConnection honest = await Dialer.ConnectAsync(uri, cancellationToken: TestContext.Current.CancellationToken);
        Task told = TellAsync(honest, new string('x', MessageBytes));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(told.IsCompleted);

        hostile.ForEach(static client => client.Abort());
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            return told.IsCompleted;
        });
        await told;
    }

    [Fact]
    public async Task Long_messages_from_elsewhere_are_taken_while_an_address_is_at_its_bound()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler(), EightMebibytes, new VirtualTime());
        EndpointAddress uri = EndpointAddress.Parse(server.Server.Endpoints[0].Uri);
        List<ClientConnection> hostile = await FillAsync(server, uri);
        try
        {
            using LabClient honest = await server.ConnectAsync(Elsewhere);
            await honest.SendAsync(LabFrame.Of(new string('x', MessageBytes)));
            Assert.Equal(LabFrame.ConfirmationText, await honest.ReceiveFrameAsync());
        }
        finally
        {
            hostile.ForEach(static client => client.Abort());
        }
    }

    [Fact]
    public async Task A_handler_that_gets_no_memory_ends_its_connection_and_no_other()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", new HungryHandler());
        using LabClient hungry = await server.ConnectAsync();
        await hungry.SendAsync("much");
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal((ServiceEventCause.OutOfMemory, "ended: the process had no memory for it"), (closed.Cause, closed.Detail));
        Assert.Equal(1, server.Server.Statistics.ConnectionsShed);

        using LabClient modest = await server.ConnectAsync();
        await modest.SendAsync("x");
        Assert.Equal("read", await modest.ReceiveOnceAsync());
    }

    private static async Task<List<ClientConnection>> FillAsync(RunningServer server, EndpointAddress uri)
    {
        List<ClientConnection> hostile = [];
        byte[] message = [.. Encoding.ASCII.GetBytes(MessageBytes.ToString(CultureInfo.InvariantCulture).PadRight(64)), .. new byte[MessageBytes - 1]];
        for (int index = 0; index < Hostile; index++)
        {
            ClientConnection client = await Dialer.ConnectAsync(uri, cancellationToken: TestContext.Current.CancellationToken);
            hostile.Add(client);
            _ = client.Stream.WriteAsync(message).AsTask().ContinueWith(static written => written.Exception, TaskScheduler.Default);
        }

        // Until what the server has read of them stands still.
        const int LongEnough = 50;
        long before = -1;
        int stands = 0;
        await Wait.UntilAsync(() =>
        {
            long now = server.Server.Connections.Sum(static connection => connection.BytesReceived);
            stands = now == before && now > 2 * MessageBytes ? stands + 1 : 0;
            before = now;
            return stands == LongEnough;
        });
        Assert.InRange(before, 2 * MessageBytes, 6 * MessageBytes);
        return hostile;
    }

    private static async Task TellAsync(ClientConnection client, string text)
    {
        await client.Stream.WriteAsync(Encoding.UTF8.GetBytes(LabFrame.Of(text)), TestContext.Current.CancellationToken);
        byte[] answer = new byte[97];
        await client.Stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().InTime();
        Assert.Contains(LabFrame.ConfirmationText, Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    private sealed class HungryHandler : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            long length = (await connection.Transport.Input.ReadAsync()).Buffer.Length;
            if (length > 1)
            {
                // More than an array can have.
                _ = GC.AllocateUninitializedArray<byte>(int.MaxValue);
            }

            await connection.Transport.Output.WriteAsync("read"u8.ToArray());
        }
    }
}
