using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Transports.Trials;

/// <summary>
/// Measures one transport: both ends, and the link between them, are in this process. Its time is divided: opening connections, round trips
/// of small messages, a transfer one way and a transfer to a reader who is slow.
/// </summary>
internal static class Trial
{
    /// <summary>Runs one to its end.</summary>
    /// <param name="options">What is tried.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>What was found; also where it failed.</returns>
    /// <exception cref="OperationCanceledException">It was broken off.</exception>
    public static async Task<TrialOutcome> RunAsync(TrialOptions options, CancellationToken cancellationToken)
    {
        var outcome = new TrialOutcome();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.MostTime);
        try
        {
            await (options.Transport == TrialTransport.Udp
                ? TryDatagramsAsync(options, outcome, deadline.Token)
                : TryStreamsAsync(options, outcome, deadline.Token)).ConfigureAwait(false);
        }
        catch (Exception exception) when (TrialFailure.IsOfConnection(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            outcome.Failure ??= deadline.IsCancellationRequested ? TrialFailure.TimeIsUp : TrialFailure.Describe(exception);
        }

        return outcome;
    }

    private static async Task TryDatagramsAsync(TrialOptions options, TrialOutcome outcome, CancellationToken cancellationToken)
    {
        using var server = TrialDatagrams.Start();
        LinkRelay? link = StartLink(options, "udp", server.EndPoint, null);
        try
        {
            var trial = new DatagramTrial(options, server, link?.EndPoint ?? server.EndPoint, outcome);
            await OnThreadAsync(() => trial.Run(cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            if (link is not null)
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task TryStreamsAsync(TrialOptions options, TrialOutcome outcome, CancellationToken cancellationToken)
    {
        bool isArq = options.Transport >= TrialTransport.ArqStopAndWait;
        bool isUnix = options.Transport == TrialTransport.Unix;
        string? directory = isUnix ? Directory.CreateTempSubdirectory("aldis-bench-").FullName : null;
        TrialServer? server = null;
        LinkRelay? link = null;
        try
        {
            server = await StartServerAsync(options, directory).ConfigureAwait(false);
            link = StartLink(options, isArq ? "udp" : "tcp", server.EndPoint, directory);
            var trial = new StreamTrial(options, server, link?.EndPoint ?? server.EndPoint, outcome);
            await OnThreadAsync(() => trial.RunAsync(cancellationToken).GetAwaiter().GetResult()).ConfigureAwait(false);
        }
        finally
        {
            if (link is not null)
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }

            if (server is not null)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }

            if (directory is not null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static Task OnThreadAsync(Action body) => Task.Factory.StartNew(
        body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task<TrialServer> StartServerAsync(TrialOptions options, string? directory)
    {
        var anyPort = new IPEndPoint(IPAddress.Loopback, 0);
        return options.Transport switch
        {
            TrialTransport.Tcp => TrialServer.Start(anyPort, null),
            TrialTransport.Tls => TrialServer.Start(anyPort, options.Certificate),
            TrialTransport.Unix => TrialServer.Start(new UnixDomainSocketEndPoint(Path.Combine(directory!, "server")), null),
            _ => await TrialServer.StartArqAsync(anyPort).ConfigureAwait(false),
        };
    }

    private static LinkRelay? StartLink(TrialOptions options, string scheme, EndPoint server, string? directory)
    {
        if (options.ToTarget is null || options.ToClient is null)
        {
            return null;
        }

        string listen = directory is null ? $"{scheme}://127.0.0.1:0" : $"unix:{Path.Combine(directory, "link")}";
        string target = directory is null ? $"{scheme}://{server}" : $"unix:{Path.Combine(directory, "server")}";
        return LinkRelay.Start(
            EndpointAddress.Parse(listen),
            EndpointAddress.Parse(target),
            new LinkRelayOptions { ToTarget = options.ToTarget, ToClient = options.ToClient, Seed = options.Seed });
    }
}
