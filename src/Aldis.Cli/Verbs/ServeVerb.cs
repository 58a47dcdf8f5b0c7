using System.CommandLine;
using Aldis.Cli.Conversations;
using Aldis.Cli.Logging;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve;
using Aldis.Cli.Verbs.Serve.Admin;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Cli.Verbs.Serve.Telemetry;
using Aldis.Dashboard.Hosting;
using Aldis.Postgres;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Files.Sources;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Native;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis serve</c>: all conversations on their ports, or just those named.</summary>
internal static class ServeVerb
{
    public const string Examples = """
        Examples:
          aldis serve                                    all conversations on their ports, for this machine only
          aldis serve echo messages                      these two, on their default ports
          aldis serve messages=tcp://127.0.0.1:0         one, on a port the system picks and the LISTEN line names
          aldis serve --listen 0.0.0.0 --data /srv/aldis for the whole network; files land in /srv/aldis/files
          aldis serve 'ack=tcp://127.0.0.1:8000?lines=1' one ACK per line instead of one per read
          aldis serve messages=arq://127.0.0.1:9999      over UDP, reliably
          aldis serve --tokens /etc/aldis/tokens         for whoever shows a token ('aldis token new' makes one)
          aldis serve echo=tls://any:7443 --cert cert.pem --key key.pem      over TLS ('aldis cert' makes a certificate)
          aldis serve --config aldis.json --check        whether what the file says can be served
          aldis serve messages --store postgres://db1,db2,db3/aldis   with other servers, in one database
        """;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="conversations">The conversations there are; those of the command if left out.</param>
    /// <param name="time">The server's clock; the system's if left out.</param>
    /// <returns>The verb.</returns>
    public static Command Create(VerbContext context, IReadOnlyList<Conversation>? conversations = null, TimeProvider? time = null)
    {
        conversations ??= KnownConversations.All;
        var arguments = new ServeArguments(conversations);
        var verb = new Command("serve", "Serve conversations to many clients at once, until interrupted.");
        arguments.AddTo(verb);
        verb.SetAction(call => context.RunToEndAsync(arguments.WantsJson(call), carriesPayload: true, body: events =>
            BeginAsync(context, arguments, call, conversations, time ?? TimeProvider.System, events)));
        return verb;
    }

    private static Task<int> BeginAsync(
        VerbContext context, ServeArguments arguments, ParseResult call, IReadOnlyList<Conversation> conversations, TimeProvider time, JsonEvents? json)
    {
        ServeConfiguration configuration = arguments.Configure(call);
        if (configuration.Faults.Count > 0)
        {
            return Task.FromResult(context.Report(json, ExitCode.UsageOrLocalError, configuration.Faults));
        }

        if (arguments.PrintsConfiguration(call))
        {
            context.Console.Output.Write(ConfigurationPrint.Of(configuration));
            return Task.FromResult(ExitCode.Confirmed);
        }

        if (arguments.ReadKeyLog(call) is { } keyLog)
        {
            KeyLog.Begin(keyLog);
        }

        ServeSettings settings = arguments.Read(configuration, call);
        ServerLog? log = settings.Log is { } kept ? new ServerLog(kept.Format, kept.Levels, context.Console.Error, time) : null;
        context = log is null ? context : context.WithError(new LogLineWriter(log));
        ServeReport.Read(configuration, context.Console.Error, json);
        var reload = new ServeReload(() => arguments.Configure(call), next => arguments.Read(next, call), configuration, settings.Log?.Levels);

        // Told in the log, where one is kept.
        return context.RunBodyAsync(json, _ => arguments.IsCheck(call)
            ? Task.FromResult(Check(context, settings, conversations, json))
            : RunAsync(context, settings, log, reload, conversations, time, json));
    }

    /// <summary>Says whether it could be served so.</summary>
    private static int Check(VerbContext context, ServeSettings settings, IReadOnlyList<Conversation> conversations, JsonEvents? json)
    {
        IReadOnlyList<string> faults = ConfigurationCheck.WhyNot(settings, conversations);
        if (faults.Count > 0)
        {
            return context.Report(json, ExitCode.UsageOrLocalError, faults);
        }

        context.Console.Error.WriteLine("aldis: it can be served so.");
        return ExitCode.Confirmed;
    }

    private static async Task<int> RunAsync(
        VerbContext context,
        ServeSettings settings,
        ServerLog? log,
        ServeReload reload,
        IReadOnlyList<Conversation> conversations,
        TimeProvider time,
        JsonEvents? json)
    {
        List<ServedName> served = ServedName.Parse(settings.Names, settings.ListenHost, conversations, settings.Tls);
        if (settings is { Quiet: true, Verbose: true })
        {
            throw new UsageException("--quiet and --verbose exclude each other: one shows nothing of what happens, the other all of it.");
        }

        TextWriter error = context.Console.Error;
        await using CancellationTokenRegistration withoutEvents = context.OutputFailed.UnsafeRegister(
            static people => ((TextWriter)people!).WriteLine("aldis: serving goes on without events; the exit status will say so."), error);
        // Its followers are here from the start to the end: nobody comes back for what is past.
        var hub = new EventHub(retained: 0);
        await using var printer = new EventPrinter(
            hub, settings.Quiet ? null : log?.Output ?? error, json, settings.ShowPayload, error, ScreenFor(context.Console, settings, log), log);
        bool hasFiles = served.Exists(static name => name.Conversation == FilesConversation.Descriptor);
        bool hasMessages = served.Exists(static name => name.Conversation == MessagesConversation.Descriptor);
        bool hasSecret = served.Exists(static name => name.Address.UsesArq);
        InboxOptions files = ServeStores.DescribeInbox(settings);
        using DataDirectory? data = hasFiles || hasMessages || hasSecret
            ? DataDirectory.Take(settings.Data, files.DirectoryMode, served, time.GetUtcNow())
            : null;

        var inbox = new FileInbox(files);
        if (hasFiles)
        {
            ServeStores.RemoveUnfinished(inbox, error);
        }

        using DirectoryShare? share = hasFiles ? ServeStores.OpenShare(settings) : null;
        await using PostgresMessageStore? database = hasMessages && settings.Database is { } shared
            ? DatabaseStore.Open(shared, settings, hub, time)
            : null;
        using MessageStore? store = database is not null ? new MessageStore(database)
            : hasMessages ? ServeStores.OpenMessages(context.Console, settings, hub, json) : null;
        using TokenPolicy? tokens = settings.Tokens?.Open(settings.Data, conversations, hub, time);
        var options = new ServerOptions
        {
            Limits = settings.Limits,
            Events = hub,
            ArqSecret = hasSecret ? ServeStores.ReadSecret(settings) : default,
            Time = time,
        };
        await using ServiceProvider services = Assemble(options, served, inbox, share, store, tokens, log);

        // Ends before what its conversations are made of.
        await using ConversationServer server = services.GetRequiredService<ConversationServer>();
        server.StoreFailed = sentence => error.WriteLine($"aldis: {sentence}");
        using var manager = ServiceManager.Of(Environment.GetEnvironmentVariable, Environment.ProcessId);
        using IDisposable? reloading = reload.Begin(context.Hangup, server, tokens, hub, manager);

        // Before the first connection, and it sends the last counts after the stop.
        using OtlpExport? export = OtlpExport.Begin(sentence => ServeReport.Warn([sentence], error, json));
        await server.StartAsync(context.Interruption);
        ServeReport.Warn(
            StartWarnings.Of(served.Select(static name => name.Address), server.Endpoints, StartWarnings.IsRoot(), tokens is not null)
                .Concat(server.Certificates.TakeWarnings())
                .Concat(PassedSockets.OfProcess.Unused)
                .Concat(KeyLog.Warning is { } warning ? [warning] : [])
                .Concat(settings.Tls.HasCertificate && server.Certificates.Expiries.Count == 0 && settings.Dashboard?.Tls is null
                    ? ["no address has TLS, so that the certificate is shown nowhere: write tls:// before it."]
                    : []),
            error,
            json);
        ServeReport.Announce(server, store, context.Console, settings.Verbose, json);
        if (tokens is not null || ((hasFiles || hasMessages) && !served.TrueForAll(static name => name.Address.HasOption("client-ca"))))
        {
            ServeReport.AnnounceIdentities(settings.Tokens, tokens?.Tokens.Count ?? 0, error);
        }

        await using DashboardServer? dashboard = await ServeDashboard.StartAsync(
            settings, server, hub, hasMessages && database is null, tokens, time, error, json, context.Interruption);
        await using AdminServer? admin = settings.Admin is { } place
            ? await AdminServer.StartAsync(place.EndPoints, server, context.Interruption)
            : null;
        ServeReport.AnnounceAdmin(admin?.Address, settings.Admin?.IsOpenToOthers == true, error, json);
        manager.Watch(server.AskForSignOfLife, time);
        manager.Ready(ServeReport.Status(server));
        StartMemory.GiveBack();
        CommunicationException? lost = await WaitAsync(server, context.Interruption);

        manager.Stopping();
        await server.StopAsync(Grace);
        IReadOnlyList<string> failedStores = server.Health.FailedStores;
        int exitCode = lost is not null ? ExitCode.Of(lost.Failure)
            : failedStores.Count > 0 ? ExitCode.UsageOrLocalError : ExitCode.Confirmed;
        if (!await printer.FinishAsync())
        {
            // Nobody reads what was printed before; the summary would wait behind it for ever.
            return exitCode;
        }

        exitCode = exitCode == ExitCode.Confirmed && printer.HasFailed ? ExitCode.Fault : exitCode;
        if (lost is not null)
        {
            context.Report(json, exitCode, lost.Message);
        }
        else if (failedStores.Count > 0)
        {
            context.Report(json, exitCode, string.Join(" ", failedStores));
        }

        ServeReport.Stopped(server.Statistics, store?.NewClientsRefused ?? 0, error, json);
        return exitCode;
    }

    /// <summary>What decides what a person is shown; null where nothing is, or lines go to a pipe or a file as programs read them.</summary>
    private static EventScreen? ScreenFor(CommandConsole console, ServeSettings settings, ServerLog? log)
    {
        if (settings.Quiet || log is not null || (!console.ErrorIsTerminal && !settings.Verbose))
        {
            return null;
        }

        int columns = console.ErrorIsTerminal ? console.ErrorColumns : int.MaxValue;
        return new EventScreen(
            new EventLine(columns, console.TimeZone, isExact: settings.Verbose),
            new EventSummary(columns, console.TimeZone),
            isFolding: !settings.Verbose);
    }

    private static ServiceProvider Assemble(
        ServerOptions options,
        List<ServedName> served,
        FileInbox inbox,
        DirectoryShare? share,
        MessageStore? store,
        TokenPolicy? tokens,
        ServerLog? log)
    {
        var services = new ServiceCollection();
        services.AddSingleton(inbox).AddAldis(aldis =>
        {
            aldis.Options = options;
            foreach (ServedName name in served)
            {
                aldis.Listen(name.Conversation, name.Address);
            }
        });
        if (share is not null)
        {
            services.AddSingleton<ITransferShare>(share);
        }

        if (store is not null)
        {
            services.AddSingleton(store);
        }

        if (tokens is not null)
        {
            services.AddSingleton<IClientPolicy>(tokens);
        }

        if (log is not null)
        {
            services.AddSingleton<ILoggerFactory>(new ServerLoggers(log));
        }

        return services.BuildServiceProvider();
    }

    /// <summary>Waits until the user has enough, or a listener is lost: then the LISTEN lines are no longer true.</summary>
    private static async Task<CommunicationException?> WaitAsync(ConversationServer server, CancellationToken interruption)
    {
        try
        {
            return await server.ListenerLost.WaitAsync(interruption);
        }
        catch (OperationCanceledException)
        {
            // The orderly end.
            return null;
        }
    }
}
