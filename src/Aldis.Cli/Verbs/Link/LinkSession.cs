using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve;
using Aldis.Protocols.Impairment;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Verbs.Link;

/// <summary>A link from its start to its summary.</summary>
internal static class LinkSession
{
    /// <summary>Runs a link until the user has enough.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(VerbContext context, LinkSettings settings, JsonEvents? json)
    {
        EndpointAddress listen = EndpointAddress.Parse(settings.Listen);
        EndpointAddress target = EndpointAddress.Parse(settings.Target);
        (listen, target) = (WithSchemeOf(listen, target), WithSchemeOf(target, listen));
        if (settings.Idle == TimeSpan.Zero)
        {
            throw new UsageException("--idle is more than no time: a client that was just heard would be forgotten.");
        }

        // Read when the first socket is made. What was received is passed on by the thread that learnt of it: one hop less.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var trouble = new LinkTrouble(target, context.Console.Error, json);
        var defaults = new LinkRelayOptions();
        await using var relay = LinkRelay.Start(listen, target, defaults with
        {
            ToTarget = settings.Faults(LinkDirection.ToTarget, LinkFaults.None),
            ToClient = settings.Faults(LinkDirection.ToClient, LinkFaults.None),

            // Short enough to be typed again.
            Seed = settings.Seed ?? (ulong)RandomNumberGenerator.GetInt32(int.MaxValue),
            MaximumClients = settings.MaxClients ?? defaults.MaximumClients,
            IdleTimeout = settings.Idle ?? defaults.IdleTimeout,
            Failed = trouble.Tell,
        });
        long begun = Stopwatch.GetTimestamp();
        string protocol = EndpointAddress.SchemeName(listen.Scheme);
        ServeReport.Warn(WarningsOf(relay, target), context.Console.Error, json);
        LinkReport.Begun(relay, protocol, target, settings.IsQuiet ? null : context.Console.Error, json);
        ServeReport.Announce(relay.EndPoints.Select(place => new BoundEndpoint("link", protocol, place)), context.Console.Error, json);
        await WaitAsync(context.Interruption);
        LinkReport.Ended(relay, Stopwatch.GetElapsedTime(begun), settings.IsQuiet ? null : context.Console.Error, json);
        return ExitCode.Confirmed;
    }

    // What one leaves out is the other's; only of datagrams both must speak.
    private static EndpointAddress WithSchemeOf(EndpointAddress address, EndpointAddress other) =>
        !address.HasScheme && other.Scheme == TransportScheme.Udp ? address.WithScheme(other.Scheme) : address;

    private static IEnumerable<string> WarningsOf(LinkRelay relay, EndpointAddress target) =>
        relay.EndPoints.Where(ListenAddresses.IsOpenToOthers).Take(1).Select(
            place => $"other machines reach the link at {place}, and through it {target}.");

    private static async Task WaitAsync(CancellationToken interruption)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, interruption);
        }
        catch (OperationCanceledException)
        {
            // The orderly end.
        }
    }
}
