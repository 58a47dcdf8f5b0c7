using Aldis.Journal.Tests.Storage;
using Aldis.Services.Ack;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Tests.Hosting;

/// <summary>A store that fails says so in the events, in the log and in the health of the application, and the others go on.</summary>
public sealed class StoreFailureTests : IAsyncDisposable
{
    private readonly SimulatedStorage _disk = new();
    private readonly RecordedEvents _events = new();
    private readonly RecordedLog _log = new();
    private readonly TaskCompletionSource<string> _sentence = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceProvider? _application;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ConversationServer Server => _application!.GetRequiredService<ConversationServer>();

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_journal_that_failed_is_an_event_a_line_of_the_log_and_unhealthy_and_other_conversations_go_on()
    {
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = "journal", FreeSpaceFloorBytes = 0 }, _disk);
        await StartAsync(services => services.AddSingleton(store), MessagesConversation.Descriptor);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);

        _disk.FailNext(1);
        using (LabClient client = await LabClient.ConnectAsync(Server.Endpoints[0].EndPoint))
        {
            await client.SendAsync("5".PadRight(64) + "hello");
            await client.WaitForEndAsync();
        }

        const string Sentence =
            "the journal failed, no message is acknowledged any more: Input/output error. Restart when the disk is well.";
        ServiceEvent told = await _events.WaitForAsync(static what => what.Cause == ServiceEventCause.StoreFailed);
        Assert.Equal((ServiceEventKind.Fault, "messages", Sentence), (told.Kind, told.Service, told.Detail));
        await _log.WaitForAsync(static line => line.StartsWith("Error ", StringComparison.Ordinal)
            && line.Contains("the journal failed", StringComparison.Ordinal));
        Assert.Equal((HealthStatus.Unhealthy, Sentence), await HealthAsync());
        Assert.Equal(Sentence, await _sentence.Task.InTime());
        using LabClient other = await LabClient.ConnectAsync(Server.Endpoints[1].EndPoint);
        await other.SendAsync("x");
        Assert.Equal("ACK received", await other.ReceiveOnceAsync());
    }

    [Fact]
    public async Task An_inbox_whose_directory_could_not_be_synced_is_told_likewise()
    {
        var inbox = new FileInbox(
            new InboxOptions { Directory = "files", FreeSpaceFloor = 0 }, _disk, new DiskThreads("files", 1), new DiskThreads("syncs", 1));
        await StartAsync(services => services.AddSingleton(inbox), FilesConversation.Descriptor);

        // Birth, write, sync and name succeed; the directory's sync does not.
        _disk.FailNext(4);
        using (LabClient client = await LabClient.ConnectAsync(Server.Endpoints[0].EndPoint))
        {
            await client.SendAsync("Hello from the client!");
            await client.ReceiveOnceAsync();
            await client.SendAsync("x");
            client.FinishWriting();
            await client.WaitForEndAsync();
        }

        ServiceEvent told = await _events.WaitForAsync(static what => what.Cause == ServiceEventCause.StoreFailed);
        Assert.StartsWith("no file is taken any more: the directory of received files could not be synced", told.Detail, StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, told.Detail), await HealthAsync());
    }

    [Fact]
    public async Task Refusals_reach_the_log_of_the_application_escaped_and_once_a_second()
    {
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = "journal", FreeSpaceFloorBytes = 0 }, _disk);
        await StartAsync(services => services.AddSingleton(store), MessagesConversation.Descriptor);
        for (int count = 0; count < 3; count++)
        {
            using LabClient client = await LabClient.ConnectAsync(Server.Endpoints[0].EndPoint);
            await client.SendAsync("no number".PadRight(64));
            await client.WaitForEndAsync();
        }

        await Server.StopAsync(TimeSpan.Zero, Stop);

        string[] refused = [.. _log.Lines.Where(static line => line.Contains("MessageRefused in messages", StringComparison.Ordinal))];
        Assert.All(refused, static line => Assert.StartsWith("Warning ", line, StringComparison.Ordinal));
        Assert.Equal(["; 0 more like it.", "; 1 more like it."], refused.Select(static line => line[line.LastIndexOf(';')..]));
    }

    [Fact]
    public async Task A_log_that_blocks_or_fails_holds_up_nobody()
    {
        using var release = new ManualResetEventSlim();
        var logged = new LoggedEvents(_events, new BlockingLogger(release));
        for (int count = 0; count < 3000; count++)
        {
            logged.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, "echo", "127.0.0.1:7"));
        }

        Assert.Equal(3000, _events.All.Length);
        release.Set();
        await logged.FinishAsync().InTime();
    }

    private async Task StartAsync(Action<IServiceCollection> add, Conversation conversation)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_log));
        services.AddAldis(aldis =>
        {
            aldis.Options = new ServerOptions { Events = _events, Time = new VirtualTime() };
            aldis.Listen(conversation, "tcp://127.0.0.1:0");
            aldis.Listen(AckConversation.Descriptor, "tcp://127.0.0.1:0");
        });
        add(services);
        _application = services.BuildServiceProvider();
        Server.StoreFailed = sentence => _sentence.TrySetResult(sentence);
        await Server.StartAsync(Stop);
    }

    private async Task<(HealthStatus Status, string? Description)> HealthAsync()
    {
        HealthReport report = await _application!.GetRequiredService<HealthCheckService>().CheckHealthAsync(Stop);
        HealthReportEntry entry = report.Entries[AldisHosting.HealthCheckName];
        return (entry.Status, entry.Description);
    }

    private sealed class BlockingLogger(ManualResetEventSlim release) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            release.Wait(TestContext.Current.CancellationToken);
            throw new InvalidOperationException("made for this test");
        }
    }
}
