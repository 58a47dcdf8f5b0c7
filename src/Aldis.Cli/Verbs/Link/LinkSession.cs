using System.Diagnostics;
using System.Net;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;
using Aldis.Services.Hosting;
using Aldis.Services.LinkApi;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Randomness;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Verbs.Link;

/// <summary>A link, the API for links, or both, from the start to the summary.</summary>
internal static class LinkSession
{
    /// <summary>Runs until the user has enough.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(VerbContext context, LinkSettings settings, JsonEvents? json)
    {
        LinkScenarioSettings scenario = settings.Scenario;
        if (scenario.ListsProfiles)
        {
            LinkProfileList.Print(context.Console.Output, json);
            return ExitCode.Confirmed;
        }

        (EndpointAddress Listen, EndpointAddress Target)? places = settings is { Listen: string listen, Target: string target }
            ? Places(EndpointAddress.Parse(listen), EndpointAddress.Parse(target))
            : null;
        if (settings.Idle == TimeSpan.Zero)
        {
            throw new UsageException("--idle is more than no time: a client that was just heard would be forgotten.");
        }

        // Short enough to be typed again.
        ulong seed = settings.Seed ?? BitConverter.ToUInt32(SystemRandom.GetBytes(sizeof(uint)));
        LinkBoard board = await ReadBoardAsync(settings, context.Interruption);
        DecisionReplay? replay = scenario.Replay is string path ? await LinkFiles.ReadReplayAsync(path, context.Interruption) : null;
        LinkApiOptions? options = await ReadApiAsync(scenario, seed, context.Interruption);
        using var panel = new LivePanel(context.Console, settings.IsQuiet);
        var trouble = new LinkTrouble(panel, json);
        using DecisionLog? log = scenario.Log is string file ? DecisionLog.Open(file, seed, context.Console.Error) : null;

        // Read when the first socket is made. What was received is passed on by the thread that learnt of it: one hop less.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        await using LinkApiServer? api = options is null ? null
            : new LinkApiServer(options with { Observe = log is null ? null : log.ObserverOf, Failed = trouble.Tell });
        await (api?.StartAsync(context.Interruption) ?? Task.CompletedTask);
        if (places is null)
        {
            await RunApiAsync(context, settings, api!, seed, json);
        }
        else
        {
            var defaults = new LinkRelayOptions();
            await RunRelayAsync(context, settings, places.Value, board, api, json, panel, defaults with
            {
                Seed = seed,
                ToTarget = board[LinkDirection.ToTarget],
                ToClient = board[LinkDirection.ToClient],
                MaximumClients = settings.MaxClients ?? defaults.MaximumClients,
                IdleTimeout = settings.Idle ?? defaults.IdleTimeout,
                Failed = (client, why) => trouble.Tell(null, places.Value.Target.ToString(), client, why),
                Observer = log?.ObserverOf(null),
                Replay = replay,
            });
        }

        return log is { IsIncomplete: true } ? ExitCode.UsageOrLocalError : ExitCode.Confirmed;
    }

    private static async Task RunRelayAsync(
        VerbContext context,
        LinkSettings settings,
        (EndpointAddress Listen, EndpointAddress Target) places,
        LinkBoard board,
        LinkApiServer? api,
        JsonEvents? json,
        LivePanel panel,
        LinkRelayOptions options)
    {
        (EndpointAddress listen, EndpointAddress target) = places;
        await using var relay = LinkRelay.Start(listen, target, options);
        long begun = Stopwatch.GetTimestamp();
        string protocol = EndpointAddress.SchemeName(listen.Scheme);
        TextWriter? error = settings.IsQuiet ? null : context.Console.Error;
        ServeReport.Warn(WarningsOf(relay, target), context.Console.Error, json);
        LinkReport.Begun(relay, protocol, target, error, json);
        AnnounceApi(api, context.Console.Error, json);
        ServeReport.Announce(relay.EndPoints.Select(place => new BoundEndpoint("link", protocol, place)), context.Console.Error, json);
        string way = $"{new BoundEndpoint("link", protocol, relay.EndPoint).Uri} > {target}";
        await new LinkPlayer(relay, board, way, context.Console, panel, settings.IsQuiet, json).RunAsync(context.Interruption);
        panel.Clear();
        LinkReport.Ended(relay, Stopwatch.GetElapsedTime(begun), error, json);
    }

    private static async Task RunApiAsync(VerbContext context, LinkSettings settings, LinkApiServer api, ulong seed, JsonEvents? json)
    {
        long begun = Stopwatch.GetTimestamp();
        TextWriter? error = settings.IsQuiet ? null : context.Console.Error;
        LinkReport.Begun(seed, error, json);
        AnnounceApi(api, context.Console.Error, json);
        await Task.Delay(Timeout.Infinite, context.Interruption).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IReadOnlyList<LinkProxy> proxies = await api.Proxies.ListAsync(CancellationToken.None);
        LinkReport.Ended(proxies, Stopwatch.GetElapsedTime(begun), error, json);
    }

    private static void AnnounceApi(LinkApiServer? api, TextWriter error, JsonEvents? json)
    {
        if (api is not null)
        {
            ServeReport.Announce(api.EndPoints.Select(static place => new BoundEndpoint("link-api", "tcp", place)), error, json);
        }
    }

    private static async Task<LinkBoard> ReadBoardAsync(LinkSettings settings, CancellationToken cancellationToken)
    {
        LinkScenarioSettings scenario = settings.Scenario;
        LinkProfile? profile = scenario.Profile is string name ? await LinkFiles.ReadProfileAsync(name, cancellationToken) : null;
        LinkScript? script = scenario.Script is string text ? await LinkFiles.ReadScriptAsync(text, cancellationToken) : null;
        LinkFaults toTarget = settings.Faults(LinkDirection.ToTarget, profile?.ToTarget ?? LinkFaults.None);
        LinkFaults toClient = settings.Faults(LinkDirection.ToClient, profile?.ToClient ?? LinkFaults.None);
        return settings.Listen is not null || (toTarget, toClient) == (LinkFaults.None, LinkFaults.None)
            ? new LinkBoard(toTarget, toClient, script)
            : throw new UsageException("faults are for a link from LISTEN to TARGET; what proxies of the API do, their toxics say.");
    }

    private static async Task<LinkApiOptions?> ReadApiAsync(LinkScenarioSettings scenario, ulong seed, CancellationToken cancellationToken)
    {
        if (scenario.Api is not string place)
        {
            return null;
        }

        EndpointAddress address = EndpointAddress.Parse(place).WithDefaults("localhost", LinkApiOptions.DefaultPort);
        IPEndPoint[] endPoints = address is { Scheme: TransportScheme.Tcp, Options.Count: 0 }
            ? [.. ListenAddresses.Resolve(address).OfType<IPEndPoint>()]
            : throw new UsageException($"--api takes an address of loopback such as 127.0.0.1:8474, not '{place}'.");
        return new LinkApiOptions
        {
            EndPoints = endPoints,
            AllowsAnyListen = scenario.AllowsAnyListen,
            Token = scenario.AsksForToken
                ? await LinkFiles.ReadTokenAsync(scenario.TokenFile, cancellationToken)
                : null,
            Seed = seed,
        };
    }

    private static (EndpointAddress Listen, EndpointAddress Target) Places(EndpointAddress listen, EndpointAddress target) =>
        (WithSchemeOf(listen, target), WithSchemeOf(target, listen));

    // What one leaves out is the other's; only of datagrams both must speak.
    private static EndpointAddress WithSchemeOf(EndpointAddress address, EndpointAddress other) =>
        !address.HasScheme && other.Scheme == TransportScheme.Udp ? address.WithScheme(other.Scheme) : address;

    private static IEnumerable<string> WarningsOf(LinkRelay relay, EndpointAddress target) =>
        relay.EndPoints.Where(ListenAddresses.IsOpenToOthers).Take(1).Select(
            place => $"other machines reach the link at {place}, and through it {target}.");
}
