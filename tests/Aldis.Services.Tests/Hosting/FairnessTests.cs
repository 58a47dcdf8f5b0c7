using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Aldis.Protocols.Fairness;
using Aldis.Protocols.Framing;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Native;
using Aldis.Tests;
using Aldis.Transports.Connections;
using Aldis.Transports.Sockets;

namespace Aldis.Services.Tests.Hosting;

/// <summary>What is limited is limited for everybody who counts as one, and nobody takes what belongs to others.</summary>
public sealed class FairnessTests : IDisposable
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Of_3000_connections_from_one_IPv6_network_those_beyond_the_limit_of_an_address_are_refused()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxConnections = 1000, MaxConnectionsPerAddress = 500 });

        ConnectionEnd?[] answers = [.. Enumerable.Range(1, 3000).Select(host => quota.TryEnter(Of($"2001:db8:1:2::{host:x}")))];

        Assert.Equal(500, answers.Count(static answer => answer is null));
        Assert.All(answers[500..], static answer => Assert.Equal(ServiceEventCause.AddressLimit, answer?.Cause));
        Assert.Null(quota.TryEnter(Of("2001:db8:1:3::1")));
    }

    [Fact]
    public void The_last_places_are_for_addresses_that_have_few_connections()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxConnections = 800, MaxConnectionsPerAddress = 400 });

        int[] taken = [.. Enumerable.Range(1, 3).Select(host => Enumerable.Range(0, 400).Count(_ => quota.TryEnter(Of($"192.0.2.{host}")) is null))];

        Assert.Equal([400, 300, 6], taken);
        ConnectionEnd met = quota.TryEnter(Of("192.0.2.1"))!.Value;
        Assert.Equal(
            (ServiceEventCause.AddressLimit, ServiceEventCause.ConnectionLimit), (met.Cause, quota.TryEnter(Of("192.0.2.2"))!.Value.Cause));
        Assert.Equal(94, Enumerable.Range(10, 200).Count(host => quota.TryEnter(Of($"192.0.2.{host}")) is null));
    }

    [Fact]
    public void The_last_descriptors_are_for_addresses_that_have_few_connections()
    {
        var quota = new ConnectionQuota(ConnectionLimits.Default, new DescriptorBudget(Connections: 80, Files: 20));

        ConnectionEnd?[] answers = [.. Enumerable.Range(10, 70).Select(descriptor => quota.TryEnter(Of("192.0.2.1"), descriptor))];

        // The last ten of eighty begin at number 70.
        Assert.Equal(60, answers.Count(static answer => answer is null));
        Assert.All(answers[60..], static answer => Assert.Equal(ServiceEventCause.DescriptorLimit, answer?.Cause));
        Assert.Null(quota.TryEnter(Of("192.0.2.2"), 79));

        // What files have is not the connections'.
        Assert.Null(quota.TryEnter(Of("192.0.2.1"), 79, files: 15));
        Assert.NotNull(quota.TryEnter(Of("192.0.2.1"), 95, files: 1000));
    }

    [Fact]
    public void An_operator_who_lets_one_address_have_all_places_has_it_so()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxConnections = 800, MaxConnectionsPerAddress = 800 });

        Assert.Equal(800, Enumerable.Range(0, 1000).Count(_ => quota.TryEnter(Of("192.0.2.1")) is null));
    }

    [Fact]
    public void An_IPv4_address_is_one_however_a_socket_spells_it()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxConnectionsPerAddress = 1 });

        Assert.Null(quota.TryEnter(Of("192.0.2.7")));
        Assert.NotNull(quota.TryEnter(Of("::ffff:192.0.2.7")));
        quota.Leave(Of("::ffff:192.0.2.7"));
        Assert.Null(quota.TryEnter(Of("192.0.2.7")));
    }

    [Fact]
    public void Unix_sockets_and_networks_leave_each_other_their_places()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxConnections = 2, MaxUnixConnections = 2 });

        Assert.Equal(2, Enumerable.Range(1, 10).Count(host => quota.TryEnter(Of($"192.0.2.{host}")) is null));
        Assert.Equal(2, Enumerable.Range(1, 10).Count(user => quota.TryEnter(NetworkKey.OfLocalUser((uint)user)) is null));
        Assert.Equal(4, quota.Total);
        Assert.Contains("over Unix sockets", quota.TryEnter(NetworkKey.OfLocalUser(1))?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_user_cannot_take_the_places_of_all_users()
    {
        var quota = new ConnectionQuota(new ConnectionLimits { MaxUnixConnections = 10, MaxConnectionsPerAddress = 3 });

        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => quota.TryEnter(NetworkKey.OfLocalUser(1000)) is null));
        Assert.Null(quota.TryEnter(NetworkKey.OfLocalUser(1001)));
    }

    [Fact]
    public async Task A_server_whose_Unix_socket_is_full_takes_clients_from_the_network_and_the_other_way_round()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix sockets.");
        var events = new RecordedEvents();
        await using ConversationServer server = new ConversationServer(
                new ServerOptions { Limits = new ConnectionLimits { MaxConnections = 1, MaxUnixConnections = 1 }, Events = events })
            .Listen("echo", $"unix:{_directory.Combine("s")}", new EchoHandler())
            .Listen("echo", "tcp://127.0.0.1:0", new EchoHandler());
        await server.StartAsync(TestContext.Current.CancellationToken);
        using LabClient local = await LabClient.ConnectAsync(server.Endpoints[0].EndPoint);
        await EchoAsync(local);
        using LabClient refused = await LabClient.ConnectAsync(server.Endpoints[0].EndPoint);
        await refused.WaitForEndAsync();
        Assert.Equal(ServiceEventCause.ConnectionLimit, (await events.WaitForAsync(ServiceEventKind.ConnectionRefused)).Cause);

        using LabClient remote = await LabClient.ConnectAsync(server.Endpoints[1].EndPoint);
        await EchoAsync(remote);

        local.Dispose();
        await Wait.UntilAsync(() => server.OpenConnections == 1);
        using LabClient next = await LabClient.ConnectAsync(server.Endpoints[0].EndPoint);
        await EchoAsync(next);
    }

    [Fact]
    public async Task An_address_whose_TLS_handshakes_are_under_way_waits_for_its_turn_and_others_do_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        await using RunningServer server = await StartTlsAsync(new ConnectionLimits { MaxHandshakesPerAddress = 1 });
        using LabClient silent = await server.ConnectAsync();
        await Wait.UntilAsync(() => server.Server.OpenConnections == 1);

        Task<SslStream> second = ShakeHandsAsync(server.EndPoint, IPAddress.Loopback);
        await using SslStream other = await ShakeHandsAsync(server.EndPoint, Elsewhere).InTime();
        Assert.False(second.IsCompleted);

        silent.Dispose();
        await using SslStream served = await second.InTime();
        await Wait.UntilAsync(() => server.Events.Of(ServiceEventKind.ConnectionOpened).Length == 2);
    }

    [Fact]
    public async Task A_handshake_whose_turn_does_not_come_is_refused_and_told()
    {
        var limits = new ConnectionLimits { MaxHandshakesPerAddress = 1, UnitTimeout = TimeSpan.FromMilliseconds(1) };
        await using RunningServer server = await StartTlsAsync(limits);
        using LabClient silent = await server.ConnectAsync();
        await Wait.UntilAsync(() => server.Server.OpenConnections == 1);
        using LabClient second = await server.ConnectAsync();

        await second.WaitForEndAsync();

        // The silent one may have been refused too by now, for its silence.
        await server.Events.WaitForAsync(
            static what => what is { Kind: ServiceEventKind.ConnectionRefused, Cause: ServiceEventCause.HandshakeLimit });
        Assert.InRange(server.Server.Statistics.ConnectionsRefused, 1, 2);
    }

    [Fact]
    public async Task A_client_that_is_served_has_given_its_turn_back()
    {
        await using RunningServer server = await StartTlsAsync(new ConnectionLimits { MaxHandshakesPerAddress = 1 });

        await using SslStream first = await ShakeHandsAsync(server.EndPoint, IPAddress.Loopback).InTime();
        await using SslStream second = await ShakeHandsAsync(server.EndPoint, IPAddress.Loopback).InTime();

        await Wait.UntilAsync(() => server.Events.Of(ServiceEventKind.ConnectionOpened).Length == 2);
    }

    [Fact]
    public async Task Native_clients_whose_verdict_is_awaited_leave_the_policy_to_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        var policy = new SlowPolicy("slow");
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        await using RunningServer server = await RunningServer.StartAsync(
            "messages", new MessagesHandler(store, policy), new ConnectionLimits { MaxHandshakesPerAddress = 2 });
        List<LabClient> slow = [];
        for (int count = 0; count < 5; count++)
        {
            slow.Add(await server.ConnectAsync());
            await slow[^1].SendAsync($"ALDIS/1 messages client=slow-{count}".PadRight(64));
        }

        await Wait.UntilAsync(() => policy.Asked == 2);
        using LabClient other = await server.ConnectAsync(Elsewhere);
        await other.SendAsync("ALDIS/1 messages client=quick-1".PadRight(64));
        Assert.StartsWith("ALDIS/1 last=0", await other.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.Equal(2, policy.Asked);

        policy.Decide();
        foreach (LabClient client in slow)
        {
            Assert.StartsWith("ALDIS/1 last=0", await client.ReceiveTextAsync(64), StringComparison.Ordinal);
            client.Dispose();
        }
    }

    [Fact]
    public async Task A_native_client_whose_turn_does_not_come_is_told_to_come_back()
    {
        var policy = new SlowPolicy("slow");
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        var quota = new HandshakeQuota(1);
        using HandshakeQuota.Turn taken = quota.TryEnter(default)!;
        using var connection = new InMemoryConnection();
        connection.Serve(new MessagesHandler(store, policy), handshakes: quota);
        connection.Send("ALDIS/1 messages client=slow-1".PadRight(64));
        connection.Served.Tick(TimeSpan.Zero);
        connection.FinishWriting();

        connection.Served.Tick(TimeSpan.FromMinutes(1));

        Assert.StartsWith("ALDIS/1 error=busy", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.Equal(0, policy.Asked);
        await connection.Handling.InTime();
    }

    private static NetworkKey Of(string address) => PeerNetwork.Of(IPAddress.Parse(address));

    private static async Task EchoAsync(LabClient client)
    {
        await client.SendAsync("here");
        Assert.Equal("here", await client.ReceiveTextAsync(4));
    }

    private static async Task<SslStream> ShakeHandsAsync(EndPoint server, IPAddress from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        var tls = new SslStream(
            new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        return tls;
    }

    private Task<RunningServer> StartTlsAsync(ConnectionLimits limits) => RunningServer.StartAsync(
        "echo", new EchoHandler(), limits, address: "tls://127.0.0.1:0?" + TestCertificate.Create(_directory).ListenerOptions);

    /// <summary>Decides about clients of a name late, about others at once.</summary>
    private sealed class SlowPolicy(string name) : IClientPolicy
    {
        private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public void Decide() => _decided.SetResult();

        public async ValueTask<ClientVerdict> DecideAsync(ClientClaim claim, CancellationToken cancellationToken)
        {
            if (claim.Client.StartsWith(name, StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _asked);
                await _decided.Task.WaitAsync(cancellationToken);
            }

            return ClientVerdict.Allowed;
        }
    }
}
