using System.Buffers;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Clients;
using Aldis.Services.Integrity;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>
/// One connection over which a client sends a transfer, from the preface to its end. Reading never waits for writing. Who is late is judged only
/// while the receiver owes something: everything is written and nothing comes.
/// </summary>
internal sealed class SendingConnection : IFileSenderObserver, IDisposable
{
    /// <summary>Bytes of a file that are read, hashed and sent at once; there are two of them.</summary>
    private const int ContentBytes = ChunkSize.Min;

    /// <summary>The same over a network that may be bad, where what waits in them when it is cut is sent again.</summary>
    private const int SmallContentBytes = 256 * 1024;

    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(250);

    private readonly IClientStream _stream;
    private readonly EndpointAddress _address;
    private readonly FilesClientOptions _options;
    private readonly ITransferSource _source;
    private readonly TransferOffering _offering;
    private readonly ITransferWatcher _watcher;
    private readonly SettledEntries _settled;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ContentHash _checkHash;
    private readonly ContentHash _chainHash;
    private readonly FileSender _sender;
    private readonly UnitInput _input;
    private readonly SemaphoreSlim _heard = new(0);
    private readonly SendProgress _progress = new();
    private long _heardAt;
    private bool _isGreeted;

    /// <summary>Prepares a connection.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="address">Whose it is, for sentences.</param>
    /// <param name="options">Limits.</param>
    /// <param name="source">What is sent.</param>
    /// <param name="algorithm">With what it is proved.</param>
    /// <param name="offering">Its opening.</param>
    /// <param name="watcher">Told what happens.</param>
    /// <param name="settled">What is settled, over all connections.</param>
    /// <param name="time">The clock.</param>
    public SendingConnection(
        IClientStream stream,
        EndpointAddress address,
        FilesClientOptions options,
        ITransferSource source,
        DigestAlgorithm algorithm,
        TransferOffering offering,
        ITransferWatcher watcher,
        SettledEntries settled,
        TimeProvider time)
    {
        _stream = stream;
        _address = address;
        _options = options;
        _source = source;
        Algorithm = algorithm;
        _offering = offering;
        _watcher = watcher;
        _settled = settled;
        _time = time;
        _checkHash = ContentHashes.Create(algorithm);
        _chainHash = ContentHashes.Create(algorithm);
        _sender = new FileSender(source.Entries, new UnitCheck(_checkHash, offering.Digest), _chainHash, this);
        _input = new UnitInput(stream, address);
        _heardAt = time.GetTimestamp();
    }

    /// <summary>Whether the receiver settled or verified anything on this connection.</summary>
    public bool HasMoved { get; private set; }

    private DigestAlgorithm Algorithm { get; }

    /// <summary>Sends until everything is settled.</summary>
    /// <exception cref="TransferFault">The server turned it away, broke the rules, closed or was silent.</exception>
    /// <exception cref="CommunicationException">The connection broke.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(ending.Token);
        Task writing = WriteAsync(ending.Token);
        Task first = await Task.WhenAny(reading, writing).ConfigureAwait(false);
        if (first == writing && writing.IsCompletedSuccessfully)
        {
            // All is settled: a farewell that is not answered changes nothing.
            await ending.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (first == writing && !reading.IsCompleted)
        {
            // What the server said before it closed is what matters.
            await Task.WhenAny(reading, Task.Delay(LongestLook, _time, cancellationToken)).ConfigureAwait(false);
        }

        await ending.CancelAsync().ConfigureAwait(false);
        _stream.Abort();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        await (reading.IsFaulted ? reading : writing).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _checkHash.Dispose();
        _chainHash.Dispose();
        _heard.Dispose();
    }

    void IFileSenderObserver.HandleAnswer(int entry, in EntryAnswer answer)
    {
        if (answer.Kind is TransferUnitKind.Want or TransferUnitKind.Resume && _source.Entries[entry].Kind == FileEntryKind.File)
        {
            _watcher.HandleWanted(entry, answer.Offset, answer.IsChanged);
        }
    }

    void IFileSenderObserver.HandleVerified(int entry, long offset)
    {
        HasMoved = true;
        _watcher.HandleVerified(entry, offset);
    }

    void IFileSenderObserver.HandleSettled(int entry, in EntryOutcome outcome)
    {
        if (_settled.TrySettle(entry, outcome))
        {
            HasMoved = true;
            _watcher.HandleSettled(entry, outcome);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var preface = new ArrayBufferWriter<byte>();
        ClientPreface.Write(_options, preface);
        await WriteAsync(preface.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await WriteAsync(_offering.Unit, cancellationToken).ConfigureAwait(false);
        await WriteAsync(_offering.Manifest, cancellationToken).ConfigureAwait(false);
        await WriteAsync(_offering.End, cancellationToken).ConfigureAwait(false);
        var output = new TransferOutput(bytes => WriteAsync(bytes, cancellationToken), _address.UsesArq ? SmallContentBytes : ContentBytes);
        using var loop = new SendLoop(_source, _sender, _gate, Algorithm, output, _watcher.HandleMoved, _watcher.HandleHashed);
        await loop.RunAsync(() => WaitAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        byte[] unit = new byte[ControlUnit.Size];
        ByeUnit.Write(unit);
        await WriteAsync(unit, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _stream.WriteAsync(bytes, _options.AnswerTimeout, cancellationToken);

    /// <summary>Waits until something was heard, and gives up when neither anything comes nor what was written leaves this machine.</summary>
    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        long since = _time.GetTimestamp();
        TimeSpan look = _options.AnswerTimeout < LongestLook ? _options.AnswerTimeout : LongestLook;
        while (!await _heard.WaitAsync(look, cancellationToken).ConfigureAwait(false))
        {
            if (_progress.Look(_stream.WrittenBytes, _stream.HeldBytes))
            {
                since = _time.GetTimestamp();
            }

            long last = Math.Max(since, Volatile.Read(ref _heardAt));
            if (_options.AnswerTimeout != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(last) >= _options.AnswerTimeout)
            {
                throw TransferFault.Silent(_address, _options.AnswerTimeout);
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        FilesHello hello = await _input.ReadHelloAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        _isGreeted = true;
        _watcher.HandleConnected(hello);
        while (await _input.EnsureAsync(ControlUnit.Size, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            _input.ThrowIfError(_input.Available.Span[..ControlUnit.Size]);
            if (ByeUnit.Is(_input.Available.Span[..ControlUnit.Size]) && _sender.IsOver)
            {
                return;
            }

            if (!TransferUnit.TryParse(_input.Available.Span[..ControlUnit.Size], out TransferUnit unit, out _)
                || unit.Kind == TransferUnitKind.Data)
            {
                throw TransferFault.BrokenRule(_address);
            }

            int length = ControlUnit.Size + unit.FollowingBytes;
            if (!await _input.EnsureAsync(length, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
            {
                break;
            }

            bool isRight;
            lock (_gate)
            {
                ReadOnlySpan<byte> bytes = _input.Available.Span[..length];
                isRight = _sender.TryHandle(bytes[..ControlUnit.Size], bytes[ControlUnit.Size..]);
            }

            if (!isRight)
            {
                throw TransferFault.BrokenRule(_address);
            }

            _input.Advance(length);
            Volatile.Write(ref _heardAt, _time.GetTimestamp());
            if (_heard.CurrentCount == 0)
            {
                _heard.Release();
            }
        }

        bool isOver;
        lock (_gate)
        {
            isOver = _sender.IsOver;
        }

        if (!isOver)
        {
            throw TransferFault.Closed(_address, _isGreeted ? "before everything was confirmed" : "before it had answered");
        }
    }
}
