using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Services.Clients;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>The server of a copy: its connections, one after the other, and what they say of themselves.</summary>
internal sealed class CopyLink
{
    private readonly TransferClient _client;
    private readonly CopySettings _settings;

    /// <summary>Prepares the connections; the first is made with the first transfer.</summary>
    /// <param name="address">The server.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="token">What it shows; empty for nothing.</param>
    /// <param name="trace">Is told every frame; null where nobody asked.</param>
    public CopyLink(EndpointAddress address, CopySettings settings, string token, LiveTrace? trace)
    {
        var options = new FilesClientOptions { Client = settings.Client ?? ClientIdentity.OfThisUser() };
        _settings = settings;
        _client = new TransferClient(address, options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
            RetryFor = settings.Retry ?? options.RetryFor,

            Token = token,
            AllowsTokenInClear = settings.Token.IsInClear,

            // Whoever asks for it means to get through even if the server comes later.
            RetryFirstConnection = settings.Retry is not null,
            Bandwidth = ClientArguments.Bandwidth(settings.BytesPerSecond),
            Trace = trace,
        });
    }

    /// <summary>What the open connection says of itself; nothing where there is none.</summary>
    public TransportState State
    {
        get
        {
            try
            {
                return _client.Connection is IClientStream open
                    ? new(open.HeldBytes, open.PacketsRetransmitted, open.NextRetransmission)
                    : default;
            }
            catch (ObjectDisposedException)
            {
                // It ended between the two looks.
                return default;
            }
        }
    }

    /// <summary>Fetches to the end.</summary>
    /// <param name="paths">What.</param>
    /// <param name="store">Where it is received.</param>
    /// <param name="key">The same when the same is fetched again.</param>
    /// <param name="offered">Told what the server offers, and says who is told what becomes of it.</param>
    /// <param name="interrupted">Told when a connection ended too soon.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task FetchAsync(
        IReadOnlyList<string> paths,
        ITransferStore store,
        string key,
        Func<IReadOnlyList<ManifestEntry>, ITransferWatcher> offered,
        Action<string, TimeSpan> interrupted,
        CancellationToken cancellationToken) =>
        _client.FetchAsync(paths, store, Request(key), offered, interrupted, cancellationToken);

    /// <summary>Lists what is directly in directories.</summary>
    /// <param name="paths">Which; an empty one is the root of what is shared.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<IReadOnlyList<ManifestEntry>> ListAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _client.ListAsync(paths, cancellationToken);

    /// <summary>Sends a transfer to its end.</summary>
    /// <param name="source">What is sent.</param>
    /// <param name="key">The same when the same is sent again.</param>
    /// <param name="watcher">Told what happens.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task SendAsync(ITransferSource source, string key, ITransferWatcher watcher, CancellationToken cancellationToken) =>
        _client.SendAsync(source, Request(key), watcher, cancellationToken);

    private TransferRequest Request(string key) => new()
    {
        Key = key,
        Algorithm = _settings.Digest,
        Policy = _settings.IsDryRun ? ConflictPolicy.Fail : _settings.Policy,
        IsVerify = _settings.IsDryRun || _settings.IsVerified,
    };
}
