using System.CommandLine;
using Aldis.Cli.Conversations;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve;
using Aldis.Dashboard.Hosting;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Files.Sources;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Microsoft.Extensions.DependencyInjection;

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
          aldis serve 'echo=tls://127.0.0.1:7443?cert=cert.pem&key=key.pem'
        """;

    private const string DashboardVariable = "ALDIS_DASHBOARD";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="conversations">The conversations there are; those of the command if left out.</param>
    /// <param name="time">The server's clock; the system's if left out.</param>
    /// <returns>The verb.</returns>
    public static Command Create(VerbContext context, IReadOnlyList<Conversation>? conversations = null, TimeProvider? time = null)
    {
        conversations ??= KnownConversations.All;
        var names = new Argument<string[]>("NAME[=ADDRESS]")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = DescribeNames(conversations),
        };
        names.CompletionSources.Add([.. conversations.Select(static conversation => conversation.Name)]);
        var listen = new Option<string>("--listen")
        {
            DefaultValueFactory = _ => "127.0.0.1",
            HelpName = "ADDR",
            Description = "where to listen if ADDRESS names no host; 127.0.0.1 includes ::1, 'any' is every interface",
        };
        var data = new Option<string>("--data")
        {
            DefaultValueFactory = _ => "./aldis-data",
            HelpName = "DIR",
            Description = "where received data is kept, of one server at a time: messages in DIR/journal, files in DIR/files, the secret of arq "
                + "listeners in DIR/arq.secret",
        };

        // A journal is on one machine: 'replicated' is not its to promise.
        Option<AcknowledgementLevel?> level = TypedOption.Choice(
            "--level",
            "received|stored|durable",
            "what an acknowledgement of a message means: parsed, written, or written and synced to disk; durable if left out",
            ("received", AcknowledgementLevel.Received),
            ("stored", AcknowledgementLevel.Stored),
            ("durable", AcknowledgementLevel.Durable));
        var repair = new Option<bool>("--repair") { Description = "open a damaged journal, keep what is sound and say what is lost" };
        Option<TimeSpan?> retainAge = TypedOption.Age(
            "--retain-age",
            "TIME",
            "delete journal segments whose newest message is older, for example 30d; never if left out. A clock that jumps "
                + "makes nothing older; after a start or a jump nothing is deleted by age for an hour",
            "12h or 30d");
        Option<long?> retainSize = TypedOption.Size(
            "--retain-size", "delete the oldest journal segments while it is larger, for example 20G; never if left out", "such as 500M or 20G");
        Option<TimeSpan?> forgetClients = TypedOption.Age(
            "--forget-clients",
            "AGE",
            "forget clients that were not seen for so long and of which retention has deleted every message, for example 365d; "
                + "never if left out. Choose it longer than any client stays away: what comes after it is a new client",
            "90d or 365d");
        var mode = new Option<UnixFileMode?>("--mode")
        {
            HelpName = "MODE",
            Description = "mode of received files, for example 0640, of which the umask may take something; 0600 if left out. A directory "
                + "that is created can be entered by whoever may read the files; the journal stays 0600",
            CustomParser = static result =>
            {
                string text = result.Tokens[0].Value;
                if (ParseMode(text) is { } given)
                {
                    return given;
                }

                result.AddError($"--mode takes a mode of files that their owner may read and write, such as 0640, not '{text}'.");
                return null;
            },
        };
        mode.CompletionSources.Clear();
        Option<int?> maxConnections = TypedOption.Whole(
            "--max-connections", "N", $"open connections over networks in all; default {ConnectionLimits.Default.MaxConnections}", 1);
        Option<int?> maxPerAddress = TypedOption.Whole(
            "--max-connections-per-address",
            "N",
            "open connections from one IP address; an IPv6 network (/64) is one, and a user of a Unix socket; "
                + $"default {ConnectionLimits.Default.MaxConnectionsPerAddress}",
            1);
        Option<int?> maxUnix = TypedOption.Whole(
            "--max-unix-connections",
            "N",
            $"open connections over Unix sockets in all, beside those over networks; default {ConnectionLimits.Default.MaxUnixConnections}",
            1);
        var maxMemory = MemoryOption(
            "--max-memory",
            "bytes received and not yet taken in all, for example 512M; 1 GiB, or a quarter of what the process may have if that is less. "
                + "Near it those are read on whose message lacks least; the others wait");
        var maxMemoryPerAddress = MemoryOption(
            "--max-memory-per-address",
            "the same for one IP address; 192 MiB, and never more than half of --max-memory");
        Option<int?> maxNewClients = TypedOption.Whole(
            "--max-new-clients",
            "N",
            "client ids not stored yet that one sender may bring while the server runs: an address, an IPv6 network (/64), a user of Unix "
                + $"sockets. Beyond it a new id is 'busy'; default {ConnectionLimits.Default.MaxNewClients}",
            1);
        Option<int?> newClientRate = TypedOption.Whole(
            "--new-client-rate",
            "N",
            $"how many of them a second; ten seconds' worth may come at once; default {ConnectionLimits.Default.NewClientRate}",
            1,
            1_000_000);
        var dashboard = new Option<string>("--dashboard")
        {
            DefaultValueFactory = static _ => Environment.GetEnvironmentVariable(DashboardVariable) is { Length: > 0 } given ? given : DashboardPlace.Default,
            HelpName = "ADDR",
            Description = "where the dashboard is shown in a browser, for whoever has the token of the DASHBOARD line; 'off' shows none. "
                + $"The environment variable {DashboardVariable} says it too. 'https://any:8443?cert=cert.pem&key=key.pem' is for other machines",
        };
        var dashboardInsecure = new Option<bool>("--dashboard-insecure")
        {
            Description = "let the dashboard be open to other machines without TLS: whoever listens reads the token",
        };
        var share = new Option<string?>("--share")
        {
            HelpName = "DIR",
            Description = "a directory whose files every client of files may list and fetch; links in it are left out. Nothing if left out",
        };
        var showPayload = new Option<bool>("--show-payload") { Description = "events of --json carry text, not only lengths" };
        Option<bool> json = VerbContext.JsonOption();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "nothing of what happens; what is served, warnings and errors remain" };
        var verbose = new Option<bool>("--verbose", "-v")
        {
            Description = "every event a line of its own, with its exact time, however many come; on a terminal the LISTEN lines too",
        };

        var inbox = new InboxArguments();
        var verb = new Command("serve", "Serve conversations to many clients at once, until interrupted.")
        {
            names, listen, data, level, repair, retainAge, retainSize, forgetClients, mode, maxConnections, maxPerAddress, maxUnix,
            maxMemory, maxMemoryPerAddress, maxNewClients, newClientRate, share, dashboard, dashboardInsecure, showPayload, json, quiet, verbose,
        };
        foreach (Option option in inbox.All)
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunToEndAsync(call.GetValue(json), carriesPayload: true, body: events => RunAsync(
            context,
            new ServeSettings(
                call.GetValue(names) ?? [],
                call.GetValue(listen)!,
                call.GetValue(data)!,
                call.GetValue(level) ?? AcknowledgementLevel.Durable,
                call.GetValue(repair),
                call.GetValue(retainAge),
                call.GetValue(retainSize),
                call.GetValue(forgetClients),
                call.GetValue(mode),
                inbox.Read(call),
                new ConnectionLimits
                {
                    MaxConnections = call.GetValue(maxConnections) ?? ConnectionLimits.Default.MaxConnections,
                    MaxConnectionsPerAddress = call.GetValue(maxPerAddress) ?? ConnectionLimits.Default.MaxConnectionsPerAddress,
                    MaxUnixConnections = call.GetValue(maxUnix) ?? ConnectionLimits.Default.MaxUnixConnections,
                    MaxMemoryBytes = call.GetValue(maxMemory) ?? ConnectionLimits.Default.MaxMemoryBytes,
                    MaxMemoryBytesPerAddress = call.GetValue(maxMemoryPerAddress) ?? ConnectionLimits.Default.MaxMemoryBytesPerAddress,
                    MaxNewClients = call.GetValue(maxNewClients) ?? ConnectionLimits.Default.MaxNewClients,
                    NewClientRate = call.GetValue(newClientRate) ?? ConnectionLimits.Default.NewClientRate,
                },
                DashboardPlace.Parse(call.GetValue(dashboard)!, call.GetValue(dashboardInsecure)),
                call.GetValue(showPayload),
                call.GetValue(quiet),
                call.GetValue(verbose),
                call.GetValue(share)),
            conversations,
            time ?? TimeProvider.System,
            events)));
        return verb;
    }

    private static string DescribeNames(IReadOnlyList<Conversation> conversations)
    {
        string[] names = [.. conversations.Select(static conversation => conversation.Name)];
        IEnumerable<string> options = conversations.SelectMany(static conversation => conversation.AddressOptions.Select(
            option => $"; '?{option.Name}' at {(option.Scheme is { } scheme ? $"a {EndpointAddress.SchemeName(scheme)}" : "an")} address of "
                + $"{conversation.Name} means {option.Description}"));
        return $"{string.Join(", ", names[..^1])} or {names[^1]}, with where to serve it; all of them if left out{string.Concat(options)}";
    }

    private static Option<long?> MemoryOption(string name, string description) =>
        TypedOption.Size(name, description, "from 1M on, such as 256M", ConnectionLimits.LeastMemoryBytes);

    private static UnixFileMode? ParseMode(string text)
    {
        const int ReadAndWrite = 0b110_110_110;
        const int OwnerOnly = 0b110_000_000;
        if (text.Length is < 3 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return null;
        }

        int mode = Convert.ToInt32(text, 8);
        return (mode & ~ReadAndWrite) == 0 && (mode & OwnerOnly) == OwnerOnly ? (UnixFileMode)mode : null;
    }

    private static async Task<int> RunAsync(
        VerbContext context, ServeSettings settings, IReadOnlyList<Conversation> conversations, TimeProvider time, JsonEvents? json)
    {
        // Both loopback families answer unless a NAME=ADDRESS says exactly where: clients may try ::1 first for "localhost".
        List<ServedName> served = ServedName.Parse(settings.Names, settings.Listen == "127.0.0.1" ? "localhost" : settings.Listen, conversations);
        if (settings is { Quiet: true, Verbose: true })
        {
            throw new UsageException("--quiet and --verbose exclude each other: one shows nothing of what happens, the other all of it.");
        }

        TextWriter error = context.Console.Error;
        await using CancellationTokenRegistration withoutEvents = context.OutputFailed.UnsafeRegister(
            static people => ((TextWriter)people!).WriteLine("aldis: serving goes on without events; the exit status will say so."), error);
        // Its followers are here from the start to the end: nobody comes back for what is past.
        var hub = new EventHub(retained: 0);
        await using var printer = new EventPrinter(hub, settings.Quiet ? null : error, json, settings.ShowPayload, error, ScreenFor(context.Console, settings));
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
        using MessageStore? store = hasMessages ? ServeStores.OpenMessages(context.Console, settings, hub, json) : null;
        var options = new ServerOptions
        {
            Limits = settings.Limits,
            Events = hub,
            ArqSecret = hasSecret ? ServeStores.ReadSecret(settings) : default,
            Time = time,
        };
        await using ServiceProvider services = Assemble(options, served, inbox, share, store);

        // Ends before what its conversations are made of.
        await using ConversationServer server = services.GetRequiredService<ConversationServer>();
        server.StoreFailed = sentence => error.WriteLine($"aldis: {sentence}");
        await server.StartAsync(context.Interruption);
        ServeReport.Warn(
            StartWarnings.Of(served.Select(static name => name.Address), server.Endpoints, time.GetUtcNow(), StartWarnings.IsRoot()), error, json);
        ServeReport.Announce(server, store, context.Console, settings.Verbose, json);
        await using DashboardServer? dashboard = await ServeDashboard.StartAsync(
            settings, server, hub, hasMessages, time, error, json, context.Interruption);
        CommunicationException? lost = await WaitAsync(server, context.Interruption);

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
    private static EventScreen? ScreenFor(CommandConsole console, ServeSettings settings)
    {
        if (settings.Quiet || (!console.ErrorIsTerminal && !settings.Verbose))
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
        ServerOptions options, List<ServedName> served, FileInbox inbox, DirectoryShare? share, MessageStore? store)
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
