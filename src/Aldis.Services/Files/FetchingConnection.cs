using System.Buffers;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Clients;
using Aldis.Services.Inbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>One connection over which a client fetches, or lists, what a server shares (docs/protocols/files.md section 12).</summary>
internal sealed class FetchingConnection : IReceptionWatcher, IDisposable
{
    private const int MostAnswerBytes = 64 * 1024;

    private readonly IClientStream _stream;
    private readonly EndpointAddress _address;
    private readonly FilesClientOptions _options;
    private readonly TransferRequest _request;
    private readonly UnitInput _input;
    private readonly SemaphoreSlim _wake = new(0);
    private ITransferWatcher? _watcher;
    private SettledEntries? _settled;

    /// <summary>Prepares a connection.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="address">Whose it is, for sentences.</param>
    /// <param name="options">Limits.</param>
    /// <param name="request">How.</param>
    public FetchingConnection(IClientStream stream, EndpointAddress address, FilesClientOptions options, TransferRequest request)
    {
        _stream = stream;
        _address = address;
        _options = options;
        _request = request;
        _input = new UnitInput(stream, address);
    }

    /// <summary>Whether anything was stored or verified on this connection.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>Fetches until everything is settled.</summary>
    /// <param name="paths">What is fetched.</param>
    /// <param name="store">Where it is received.</param>
    /// <param name="offered">Told what the server offers, and says who is to be told what becomes of it.</param>
    /// <param name="settled">What is settled, over all connections; made when the first offer comes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="TransferFault">The server turned it away, broke the rules, closed or was silent.</exception>
    /// <exception cref="CommunicationException">The connection broke.</exception>
    public async Task FetchAsync(
        IReadOnlyList<string> paths,
        ITransferStore store,
        Func<IReadOnlyList<ManifestEntry>, ITransferWatcher> offered,
        Func<int, SettledEntries> settled,
        CancellationToken cancellationToken)
    {
        FilesHello hello = await AskAsync(_request.Key, paths, cancellationToken).ConfigureAwait(false);
        byte[] unit = await ReadUnitAsync(cancellationToken).ConfigureAwait(false);
        if (!TransferOpening.TryParse(unit, out TransferOpening? opening))
        {
            throw TransferFault.BrokenRule(_address);
        }

        (ManifestEntry[] entries, ContentDigest digest) =
            await ReadManifestAsync(unit, opening.EntryCount, opening.ManifestBytes, cancellationToken).ConfigureAwait(false);
        _watcher = offered(entries);
        _settled = settled(entries.Length);
        _watcher.HandleConnected(hello);
        var offer = new TransferOffer(
            _options.Client, opening with { Policy = _request.Policy, IsVerify = _request.IsVerify }, entries);
        var reception = new Reception(offer, digest, Wake, this);
        try
        {
            await reception.OpenAsync(store).ConfigureAwait(false);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task answering = AnswerAsync(reception, ending.Token);
            try
            {
                await ReceiveAsync(reception, answering, cancellationToken).ConfigureAwait(false);
                await answering.ConfigureAwait(false);
            }
            finally
            {
                await ending.CancelAsync().ConfigureAwait(false);
                await answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await reception.CloseAsync().ConfigureAwait(false);
            reception.Dispose();
        }

        ByeUnit.Write(unit);
        await _stream.WriteAsync(unit, _options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists what is directly in directories.</summary>
    /// <param name="paths">The directories.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The entries, named from the root of what is shared.</returns>
    /// <exception cref="TransferFault">The server turned it away, broke the rules, closed or was silent.</exception>
    /// <exception cref="CommunicationException">The connection broke.</exception>
    public async Task<IReadOnlyList<ManifestEntry>> ListAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        _ = await AskAsync(key: null, paths, cancellationToken).ConfigureAwait(false);
        byte[] unit = await ReadUnitAsync(cancellationToken).ConfigureAwait(false);
        if (!ListedUnit.TryParse(unit, out ListedUnit listed))
        {
            throw TransferFault.BrokenRule(_address);
        }

        (ManifestEntry[] entries, _) =
            await ReadManifestAsync(unit, listed.EntryCount, listed.ManifestBytes, cancellationToken).ConfigureAwait(false);
        return entries;
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    void IReceptionWatcher.HandleAnswer(int entry, in EntryAnswer answer)
    {
        switch (answer.Kind)
        {
            case TransferUnitKind.Want or TransferUnitKind.Resume:
                _watcher!.HandleWanted(entry, answer.Offset, answer.IsChanged);
                break;
            case TransferUnitKind.Have:
                Settle(entry, new EntryOutcome(Refusal: null, WasThere: true, Name: null, Digest: null));
                break;
            case TransferUnitKind.Nak:
                Settle(entry, new EntryOutcome(answer.Code, WasThere: false, Name: null, Digest: null));
                break;
            default:
                break;
        }
    }

    void IReceptionWatcher.HandleMoved(int entry, long offset) => _watcher!.HandleMoved(entry, offset);

    void IReceptionWatcher.HandleCorrupt(int entry, long offset)
    {
    }

    void IReceptionWatcher.HandleVerified(int entry, long offset)
    {
        HasMoved = true;
        _watcher!.HandleVerified(entry, offset);
    }

    void IReceptionWatcher.HandleStored(int entry, string path, bool isRenamed, ContentDigest? digest) =>
        Settle(entry, new EntryOutcome(Refusal: null, WasThere: false, isRenamed ? path : null, digest));

    void IReceptionWatcher.HandleProven(int entry, ContentDigest digest) =>
        Settle(entry, new EntryOutcome(Refusal: null, WasThere: true, Name: null, digest));

    void IReceptionWatcher.HandleRefused(int entry, RefusalCode code, string detail) =>
        Settle(entry, new EntryOutcome(code, WasThere: false, Name: null, Digest: null));

    private void Settle(int entry, in EntryOutcome outcome)
    {
        if (_settled!.TrySettle(entry, outcome))
        {
            HasMoved = true;
            _watcher!.HandleSettled(entry, outcome);
        }
    }

    /// <summary>Says who it is and what it wants.</summary>
    private async Task<FilesHello> AskAsync(string? key, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> text = FetchedPaths.Write(paths);
        byte[] unit = new byte[ControlUnit.Size];
        new FetchUnit(key, text.Length, _request.Algorithm).Write(unit);
        var request = new ArrayBufferWriter<byte>();
        ClientPreface.Write(_options, request);
        request.Write(unit);
        request.Write(text.Span);
        ManifestText.Digest(_request.Algorithm, _options.Client, unit, text.Span).CopyTo(request.GetSpan(ContentDigest.Size));
        request.Advance(ContentDigest.Size);
        await _stream.WriteAsync(request.WrittenMemory, _options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
        return await _input.ReadHelloAsync(_options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<byte[]> ReadUnitAsync(CancellationToken cancellationToken)
    {
        if (!await _input.EnsureAsync(ControlUnit.Size, _options.AnswerTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw TransferFault.Closed(_address, "before it had answered");
        }

        byte[] unit = _input.Available[..ControlUnit.Size].ToArray();
        _input.ThrowIfError(unit);
        _input.Advance(ControlUnit.Size);
        return unit;
    }

    /// <summary>Reads a manifest into memory that grows with what comes, and compares its digest.</summary>
    private async Task<(ManifestEntry[] Entries, ContentDigest Digest)> ReadManifestAsync(
        byte[] unit, int count, int length, CancellationToken cancellationToken)
    {
        var content = new ArrayBufferWriter<byte>();
        while (content.WrittenCount < length + ContentDigest.Size)
        {
            if (_input.Available.IsEmpty && !await _input.ReadMoreAsync(_options.AnswerTimeout, cancellationToken).ConfigureAwait(false))
            {
                throw TransferFault.Closed(_address, "before it had said all that it has");
            }

            ReadOnlyMemory<byte> piece =
                _input.Available[..Math.Min(_input.Available.Length, length + ContentDigest.Size - content.WrittenCount)];
            content.Write(piece.Span);
            _input.Advance(piece.Length);
        }

        ReadOnlyMemory<byte> manifest = content.WrittenMemory[..length];
        ContentDigest digest = ManifestText.Digest(_request.Algorithm, _options.Client, unit, manifest.Span);
        ManifestEntry[]? entries = ManifestText.Read(manifest, count);
        return digest == new ContentDigest(content.WrittenSpan[length..]) && entries is not null
            ? (entries, digest)
            : throw TransferFault.BrokenRule(_address);
    }

    private async Task ReceiveAsync(Reception reception, Task answering, CancellationToken cancellationToken)
    {
        while (!reception.IsSettled)
        {
            var received = new ReadOnlySequence<byte>(_input.Available);
            long before = received.Length;
            Func<ValueTask>? work;
            try
            {
                work = reception.Read(ref received);
            }
            catch (BrokenTransferException)
            {
                _input.ThrowIfError(_input.Available.Span[..Math.Min(_input.Available.Length, ControlUnit.Size)]);
                throw TransferFault.BrokenRule(_address);
            }

            if (work is not null)
            {
                // What it works on stays where it is until then.
                await work().ConfigureAwait(false);
                _input.Advance((int)(before - received.Length));
                continue;
            }

            _input.Advance((int)(before - received.Length));
            if (reception.IsSettled)
            {
                return;
            }

            if (!reception.AwaitsSource)
            {
                // Everything has come, and the disk is at work here.
                await Task.WhenAny(reception.Settled, answering).WaitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            TimeSpan timeout = reception.AwaitsProof ? Timeout.InfiniteTimeSpan : _options.AnswerTimeout;
            if (!await _input.ReadMoreAsync(timeout, cancellationToken).ConfigureAwait(false))
            {
                throw TransferFault.Closed(_address, "before everything had come");
            }
        }
    }

    /// <summary>Writes what there is to say until everything is settled and said.</summary>
    private async Task AnswerAsync(Reception reception, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        while (true)
        {
            while (reception.Write(output, MostAnswerBytes))
            {
                await _stream.WriteAsync(output.WrittenMemory, _options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
                output.ResetWrittenCount();
            }

            if (reception.IsOver)
            {
                return;
            }

            await _wake.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }
}
