using System.Runtime.CompilerServices;
using Aldis.Protocols.Files;
using Aldis.Protocols.Messages;
using Aldis.Services.Clients;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>
/// The client of the native form of <c>files</c> (docs/protocols/files.md sections 6 to 12): it makes one connection after the other until a
/// transfer is over, and each begins where the last one ended. One transfer at a time.
/// </summary>
internal sealed class TransferClient
{
    private readonly EndpointAddress _address;
    private readonly FilesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, Task<IClientStream>> _connect;
    private bool _wasReached;

    /// <summary>Prepares a client; it connects with its first transfer.</summary>
    /// <param name="address">Where to; the port is 65432 where it names none.</param>
    /// <param name="options">Who it is, and its limits.</param>
    public TransferClient(EndpointAddress address, FilesClientOptions options)
        : this(
            address,
            options,
            async stop => await ClientStream.ConnectAsync(address, FilesConversation.DefaultPort, options, stop).ConfigureAwait(false),
            TimeProvider.System)
    {
    }

    /// <summary>As the other, with connections and a clock that are given.</summary>
    internal TransferClient(
        EndpointAddress address, FilesClientOptions options, Func<CancellationToken, Task<IClientStream>> connect, TimeProvider time)
    {
        _address = address.WithDefaults("localhost", FilesConversation.DefaultPort);
        _options = options;
        _connect = connect;
        _time = time;
    }

    /// <summary>The connection that is open now; null between two.</summary>
    public IClientStream? Connection { get; private set; }

    /// <summary>Sends a transfer; its end is in what the watcher was told.</summary>
    /// <param name="source">What is sent.</param>
    /// <param name="request">How.</param>
    /// <param name="watcher">Told what happens.</param>
    /// <param name="cancellationToken">Stops; what was verified so far is not sent again by the same transfer.</param>
    /// <returns>A task that ends when every entry is settled.</returns>
    /// <exception cref="CommunicationException">The client gave up, or was turned away.</exception>
    public async Task SendAsync(
        ITransferSource source, TransferRequest request, ITransferWatcher watcher, CancellationToken cancellationToken)
    {
        if (source.Entries.Count == 0)
        {
            return;
        }

        var offering = new TransferOffering(_options.Client, request, source.Entries);
        var settled = new SettledEntries(source.Entries.Count);
        await TryUntilOverAsync(
            watcher.HandleInterrupted,
            async stream =>
            {
                using var connection = new SendingConnection(
                    stream, _address, _options, source, request.Algorithm, offering, watcher, settled, _time);
                return await AttemptAsync(connection.RunAsync, () => connection.HasMoved, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches what a server shares; its end is in what the watcher was told.</summary>
    /// <param name="paths">Paths below what is shared; an empty one is everything.</param>
    /// <param name="store">Where it is received.</param>
    /// <param name="request">How; the policy is that of the store.</param>
    /// <param name="offered">Told what the server offers, on each connection anew, and says who is to be told what becomes of it.</param>
    /// <param name="interrupted">Told when a connection ended before all was settled.</param>
    /// <param name="cancellationToken">Stops; what was verified so far is not sent again for the same transfer.</param>
    /// <returns>A task that ends when every entry is settled.</returns>
    /// <exception cref="CommunicationException">The client gave up, or was turned away.</exception>
    public Task FetchAsync(
        IReadOnlyList<string> paths,
        ITransferStore store,
        TransferRequest request,
        Func<IReadOnlyList<ManifestEntry>, ITransferWatcher> offered,
        Action<string, TimeSpan> interrupted,
        CancellationToken cancellationToken)
    {
        // Where what is shared became something else, its entries are other ones.
        SettledEntries? settled = null;
        return TryUntilOverAsync(
            interrupted,
            async stream =>
            {
                using var connection = new FetchingConnection(stream, _address, _options, request);
                return await AttemptAsync(
                    stop => connection.FetchAsync(
                        paths,
                        store,
                        offered,
                        count => settled = settled?.Count == count ? settled : new SettledEntries(count),
                        stop),
                    () => connection.HasMoved,
                    cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Lists what is directly in directories that a server shares.</summary>
    /// <param name="paths">Paths below what is shared; an empty one is its root.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The entries, named from the root of what is shared.</returns>
    /// <exception cref="CommunicationException">The client gave up, or was turned away.</exception>
    public async Task<IReadOnlyList<ManifestEntry>> ListAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        IReadOnlyList<ManifestEntry> entries = [];
        await TryUntilOverAsync(
            static (_, _) => { },
            async stream =>
            {
                using var connection = new FetchingConnection(
                    stream, _address, _options, new TransferRequest { Key = new string('0', FileLimits.KeyLength) });
                return await AttemptAsync(
                    async stop => entries = await connection.ListAsync(paths, stop).ConfigureAwait(false), static () => false, cancellationToken)
                    .ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return entries;
    }

    private static async Task<(Exception? Reason, bool HasMoved)> AttemptAsync(
        Func<CancellationToken, Task> run, Func<bool> hasMoved, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken).ConfigureAwait(false);
            return (null, true);
        }
        catch (Exception exception) when (exception is CommunicationException or TransferFault)
        {
            return (exception, hasMoved());
        }
    }

    private static CommunicationException Reason(Exception exception) =>
        exception as CommunicationException ?? ((TransferFault)exception).ToException();

    /// <summary>Makes connections until one brings the transfer to its end.</summary>
    private async Task TryUntilOverAsync(
        Action<string, TimeSpan> interrupted,
        Func<IClientStream, Task<(Exception? Reason, bool HasMoved)>> attempt,
        CancellationToken cancellationToken)
    {
        using var clock = new DeliveryClock(_time);
        var patience = new DeliveryPatience(DeliveryClock.Nanoseconds(_options.RetryFor), clock.NowNs);
        for (int tries = 0; ; tries++)
        {
            patience.HandleAttempt();
            (Exception? reason, bool hasMoved) = await ConnectAsync(attempt, cancellationToken).ConfigureAwait(false);
            if (reason is null)
            {
                return;
            }

            if (hasMoved)
            {
                patience.HandleSettled();
                tries = 0;
            }

            patience.HandleEnded(clock.NowNs);
            bool mayRetry = reason is not TransferFault { MayRetry: false } && (_wasReached || _options.RetryFirstConnection);
            if (!mayRetry || patience.GivesUp(clock.NowNs))
            {
                throw Reason(reason);
            }

            TimeSpan wanted = ReconnectPause.Draw(_options.ShortestPause, _options.LongestPause, tries);
            var pause = TimeSpan.FromTicks(patience.LimitPause(DeliveryClock.Nanoseconds(wanted), clock.NowNs) / TimeSpan.NanosecondsPerTick);
            interrupted(reason.Message, pause);
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(Exception? Reason, bool HasMoved)> ConnectAsync(
        Func<IClientStream, Task<(Exception? Reason, bool HasMoved)>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            IClientStream stream = await _connect(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = stream.ConfigureAwait(false);
            _wasReached = true;
            Connection = stream;
            return await attempt(stream).ConfigureAwait(false);
        }
        catch (CommunicationException exception)
        {
            return (exception, false);
        }
        finally
        {
            Connection = null;
        }
    }
}
