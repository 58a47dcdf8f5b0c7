using System.Collections;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Conversations inside an application that does something else too.</summary>
public sealed class OpenHostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Conversations_go_on_while_an_HTTP_handler_blocks_and_HTTP_keeps_its_own_way()
    {
        string environment = Environment();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        await using WebApplication application = await StartAsync(
            builder => builder.WebHost.UseUrls("http://127.0.0.1:0").UseAldis(aldis => aldis
                .Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")
                .Listen(EchoConversation.Descriptor, "arq://127.0.0.1:0")
                .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0")),
            application =>
            {
                application.MapGet("/block", () =>
                {
                    string thread = ThreadName();
                    entered.Set();
                    release.Wait(Stop);
                    return thread;
                });
                application.MapGet("/", () => "well");
            });
        using var http = new HttpClient { BaseAddress = new Uri(Assert.Single(application.Urls)) };

        // The first request of a connection may be there before anybody waits for it; it is a transport's thread that finds the second.
        Assert.Equal("well", await http.GetStringAsync(new Uri("/", UriKind.Relative), Stop).InTime());
        Task<string> blocked = http.GetStringAsync(new Uri("block", UriKind.Relative), Stop);
        await Task.Run(() => entered.Wait(Stop), Stop).InTime();

        foreach (BoundEndpoint endpoint in ServerOf(application).Endpoints)
        {
            await EchoAsync(endpoint);
        }

        Assert.Equal("well", await http.GetStringAsync(new Uri("/", UriKind.Relative), Stop).InTime());
        Assert.False(blocked.IsCompleted);
        release.Set();
        Assert.Equal("on the pool", await blocked.InTime());
        Assert.Equal(environment, Environment());
    }

    [Fact]
    public async Task HTTP_that_did_run_as_conversations_do_would_be_found_out()
    {
        await using WebApplication application = await StartAsync(
            static builder => builder.WebHost.UseAldisSockets(), static application => application.MapGet("/", ThreadName));
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };

        await http.GetStringAsync(new Uri("/", UriKind.Relative), Stop);
        Assert.Equal(
            OperatingSystem.IsLinux() ? "on a transport's thread" : "on the pool",
            await http.GetStringAsync(new Uri("/", UriKind.Relative), Stop));
    }

    [Fact]
    public async Task Conversations_start_and_stop_with_the_application()
    {
        WebApplication application = await StartAsync(
            builder => builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")));
        BoundEndpoint endpoint = ServerOf(application).Endpoints[0];
        await EchoAsync(endpoint);

        await application.StopAsync(Stop).InTime();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => LabClient.ConnectAsync(endpoint.EndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await application.DisposeAsync();
    }

    [Fact]
    public async Task An_address_that_is_taken_keeps_the_application_from_starting_and_is_named()
    {
        await using RunningServer taken = await RunningServer.StartAsync("echo", new EchoHandler());

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => StartAsync(
            builder => builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, $"tcp://{taken.EndPoint}"))));

        Assert.StartsWith($"cannot listen on {taken.EndPoint}: another program has it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_calls_make_one_server()
    {
        await using WebApplication application = await StartAsync(builder => builder.Services
            .AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0"))
            .AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0")));

        Assert.Equal(["tcp", "udp"], ServerOf(application).Endpoints.Select(static endpoint => endpoint.Protocol));
    }

    [Fact]
    public async Task What_a_conversation_is_made_of_comes_from_the_applications_services()
    {
        await using WebApplication application = await StartAsync(builder => builder.Services
            .AddSingleton(new FileInbox(new InboxOptions { Directory = _directory.Path }))
            .AddAldis(aldis => aldis.Listen(FilesConversation.Descriptor, "tcp://127.0.0.1:0")));
        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(
            ServerOf(application).Endpoints[0].Uri, cancellationToken: Stop);

        using var file = new MemoryStream("content"u8.ToArray());
        await client.SendAsync(file, cancellationToken: Stop);

        Assert.Equal("content", await File.ReadAllTextAsync(_directory.Combine(FilesHandler.PlainName), Stop));
    }

    [Fact]
    public async Task A_service_that_is_missing_is_named_at_the_start()
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(
            builder => builder.Services.AddAldis(aldis => aldis.Listen(FilesConversation.Descriptor, "tcp://127.0.0.1:0"))));

        Assert.Contains("without a FileInbox", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_come_from_the_configuration()
    {
        var events = new RecordedEvents();
        await using WebApplication application = await StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Aldis:MaxConnections", "1")]);
            builder.Services.AddSingleton<IServiceEvents>(events)
                .AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0"));
        });
        EndPoint endPoint = ServerOf(application).Endpoints[0].EndPoint;
        using LabClient first = await LabClient.ConnectAsync(endPoint);
        await events.WaitForAsync(ServiceEventKind.ConnectionOpened);

        // It may be reset before it knows that it was connected.
        await Record.ExceptionAsync(async () => (await LabClient.ConnectAsync(endPoint)).Dispose());

        ServiceEvent refused = await events.WaitForAsync(ServiceEventKind.ConnectionRefused);

        Assert.StartsWith("1 connections are open", refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxConnections", "many")]
    [InlineData("MaxConnectionsPerAddress", "0")]
    [InlineData("MaxMemoryBytes", "1000")]
    [InlineData("MaxMemoryBytesPerAddress", "much")]
    [InlineData("MaxNewClients", "-1")]
    [InlineData("NewClientRate", "1000001")]
    [InlineData("IdleTimeout", "-1s")]
    [InlineData("UnitTimeout", "soon")]
    public async Task A_limit_that_is_none_is_named_at_the_start(string name, string value)
    {
        FormatException failure = await Assert.ThrowsAsync<FormatException>(() => StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Aldis:" + name, value)]);
            builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0"));
        }));

        Assert.StartsWith($"the configuration has Aldis:{name} = '{value}'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deadlines_run_on_the_applications_clock()
    {
        var time = new VirtualTime();
        var events = new RecordedEvents();
        await using WebApplication application = await StartAsync(builder => builder.Services
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<IServiceEvents>(events)
            .AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")));
        using LabClient client = await LabClient.ConnectAsync(ServerOf(application).Endpoints[0].EndPoint);
        await events.WaitForAsync(ServiceEventKind.ConnectionOpened);

        time.Advance(TimeSpan.FromHours(2));

        Assert.Equal("idle for too long", (await events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
    }

    [Fact]
    public async Task Kestrels_meters_are_the_applications()
    {
        await using WebApplication application = await StartAsync(
            builder => builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")));
        IMeterFactory factory = application.Services.GetRequiredService<IMeterFactory>();
        var counted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "kestrel.active_connections" && instrument.Meter.Scope == factory)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => counted.TrySetResult());
        listener.Start();

        await EchoAsync(ServerOf(application).Endpoints[0]);

        await counted.Task.InTime();
    }

    [Fact]
    public async Task What_Kestrel_and_the_transports_log_reaches_the_applications_log()
    {
        var log = new RecordedLog();
        string certificate = TestCertificate.Create(_directory).ListenerOptions;
        await using WebApplication application = await StartAsync(builder =>
        {
            builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
            builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, $"tls://127.0.0.1:0?{certificate}"));
        });
        using (LabClient client = await LabClient.ConnectAsync(ServerOf(application).Endpoints[0].EndPoint))
        {
            await client.SendAsync("no TLS at all\r\n\r\n");
            await client.WaitForEndAsync();
        }

        await log.WaitForAsync(static line => line.Contains("HttpsConnectionMiddleware", StringComparison.Ordinal)
            && line.Contains("authenticate", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(log.Lines, static line => line.Contains("Overriding address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_arq_listener_that_closes_logs_what_it_took_and_what_it_did_not_take()
    {
        var log = new RecordedLog();
        WebApplication application = await StartAsync(builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "arq://127.0.0.1:0"));
        });
        BoundEndpoint place = ServerOf(application).Endpoints[0];
        using (var stranger = new UdpClient())
        {
            await stranger.SendAsync(new byte[100], (IPEndPoint)place.EndPoint, Stop);
        }

        await using (EchoClient client = await EchoClient.ConnectAsync(place.Uri, cancellationToken: Stop))
        {
            await client.ExchangeAsync("x"u8.ToArray(), Stop).InTime();
        }

        await application.DisposeAsync();

        Assert.Single(log.Lines, line => line.StartsWith("Information ", StringComparison.Ordinal)
            && line.Contains($"UDP {place.EndPoint} is closed: ", StringComparison.Ordinal)
            && line.Contains(" packets, 1 connections, 1 malformed, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_health_check_is_well_while_everything_listens()
    {
        await using WebApplication application = await StartAsync(
            builder => builder.Services.AddAldis(aldis => aldis.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")));

        HealthReport report = await application.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Stop);

        Assert.Equal(HealthStatus.Healthy, report.Entries[AldisHosting.HealthCheckName].Status);
    }

    private static string ThreadName() => Thread.CurrentThread.IsThreadPoolThread ? "on the pool" : "on a transport's thread";

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication>? map = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        configure(builder);
        WebApplication application = builder.Build();
        map?.Invoke(application);
        try
        {
            await application.StartAsync(Stop);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    private static ConversationServer ServerOf(WebApplication application) => application.Services.GetRequiredService<ConversationServer>();

    private static async Task EchoAsync(BoundEndpoint endpoint)
    {
        byte[] hello = "hello"u8.ToArray();
        if (endpoint.Protocol == "udp")
        {
            await using DatagramEchoClient datagrams = await DatagramEchoClient.ConnectAsync(endpoint.Uri, cancellationToken: Stop);
            Assert.Equal(hello, (await datagrams.ExchangeAsync(hello, Stop).InTime()).ToArray());
            return;
        }

        await using EchoClient client = await EchoClient.ConnectAsync(endpoint.Uri, cancellationToken: Stop);
        Assert.Equal(hello, (await client.ExchangeAsync(hello, Stop).InTime()).ToArray());
    }

    private static string Environment() => string.Join(
        '\n',
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(static one => $"{one.Key}={one.Value}").Order(StringComparer.Ordinal));
}
