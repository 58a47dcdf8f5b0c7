using System.Buffers;
using System.IO.Pipelines;
using Aldis.Journal.Signals;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Hosting;
using Aldis.Services.Integrity;

namespace Aldis.Services.Files;

/// <summary>A transfer that a server sends because its client fetches it: the reader gives it units, its own loop writes.</summary>
internal sealed class FetchedSending : IFileSenderObserver, IAsyncDisposable
{
    /// <summary>Bytes of a file that are read and hashed at once: less than by a client, because many may fetch.</summary>
    private const int ContentBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly ITransferSource _source;
    private readonly TransferOffering _offering;
    private readonly TransferRequest _request;
    private readonly PipeWriter _output;
    private readonly ServedConnection _served;
    private readonly Action _ended;
    private readonly ContentHash _checkHash;
    private readonly ContentHash _chainHash;
    private readonly FileSender _sender;
    private readonly AsyncSignal _heard = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[] _unit = new byte[ControlUnit.Size];
    private Task _loop = Task.CompletedTask;
    private volatile bool _isEnded;

    /// <summary>Prepares it.</summary>
    /// <param name="source">What is sent.</param>
    /// <param name="request">How.</param>
    /// <param name="client">The id in the client's preface.</param>
    /// <param name="output">The connection's output, this transfer's alone until it has ended.</param>
    /// <param name="served">The connection.</param>
    /// <param name="ended">Called when nothing more is written.</param>
    public FetchedSending(
        ITransferSource source, TransferRequest request, string client, PipeWriter output, ServedConnection served, Action ended)
    {
        _source = source;
        _request = request;
        _offering = new TransferOffering(client, request, source.Entries);
        _output = output;
        _served = served;
        _ended = ended;
        _checkHash = ContentHashes.Create(request.Algorithm);
        _chainHash = ContentHashes.Create(request.Algorithm);
        _sender = new FileSender(source.Entries, new UnitCheck(_checkHash, _offering.Digest), _chainHash, this);
    }

    /// <summary>Whether every entry is settled, or nothing more can be written.</summary>
    public bool IsOver => _isEnded;

    /// <summary>Begins to write.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Takes the receiver's units.</summary>
    /// <param name="received">Sliced past what was taken.</param>
    /// <returns>False where one breaks the rules.</returns>
    public bool Read(ref ReadOnlySequence<byte> received)
    {
        while (received.Length >= ControlUnit.Size)
        {
            received.Slice(0, ControlUnit.Size).CopyTo(_unit);
            if (!TransferUnit.TryParse(_unit, out TransferUnit unit, out _) || unit.Kind == TransferUnitKind.Data)
            {
                return IsSettled;
            }

            if (received.Length < ControlUnit.Size + unit.FollowingBytes)
            {
                return true;
            }

            byte[] following = received.Slice(ControlUnit.Size, unit.FollowingBytes).ToArray();
            received = received.Slice(ControlUnit.Size + unit.FollowingBytes);
            lock (_gate)
            {
                if (!_sender.TryHandle(_unit, following))
                {
                    return false;
                }
            }

            _heard.Signal();
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (!_isEnded)
        {
            _output.CancelPendingFlush();
        }

        _heard.Signal();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _checkHash.Dispose();
        _chainHash.Dispose();
    }

    void IFileSenderObserver.HandleAnswer(int entry, in EntryAnswer answer)
    {
    }

    void IFileSenderObserver.HandleVerified(int entry, long offset)
    {
    }

    void IFileSenderObserver.HandleSettled(int entry, in EntryOutcome outcome)
    {
    }

    private bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return _sender.IsOver;
            }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await WriteAsync(_offering.Unit).ConfigureAwait(false);
            await WriteAsync(_offering.Manifest).ConfigureAwait(false);
            await WriteAsync(_offering.End).ConfigureAwait(false);
            var output = new TransferOutput(WriteAsync, ContentBytes);
            using var loop = new SendLoop(_source, _sender, _gate, _request.Algorithm, output);
            await loop.RunAsync(_heard.WaitAsync, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The reader sees the same connection end, or asked for this end.
        }
        finally
        {
            _isEnded = true;
            _ended();
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        FlushResult flush = await _output.WriteAsync(bytes, _stopping.Token).ConfigureAwait(false);
        if (flush.IsCompleted || _stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException();
        }

        _served.Progressed();
    }
}
