using System.Buffers;
using System.IO.Pipelines;
using Aldis.Journal.Signals;
using Aldis.Protocols.Access;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Native;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Files;

/// <summary>
/// One connection of the native form whose client is known (docs/protocols/files.md sections 7 to 12). Two loops: the reader takes units and
/// what follows them, the answerer is the only one that writes, except while files are fetched.
/// </summary>
internal sealed class FilesSession : IUnitReader, IAsyncDisposable
{
    private const int MostAnswerBytes = 64 * 1024;
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(2);

    private readonly ServedConnection _served;
    private readonly FilesService _service;
    private readonly string _client;
    private readonly ReceivedNotice _notice;
    private readonly Func<ClientRights, ValueTask<ClientVerdict>>? _mayDo;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly AsyncSignal _wake = new();
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _replies = new();
    private readonly byte[] _unit = new byte[ControlUnit.Size];
    private Func<ValueTask>? _work;
    private ManifestIntake? _intake;
    private TransferOpening? _opening;
    private FetchUnit? _fetch;
    private Reception? _reception;
    private FetchedSending? _sending;
    private IDisposable? _seat;
    private bool _hasCommand;
    private bool _isOver;
    private volatile bool _isSuperseded;
    private volatile bool _inputEnded;
    private volatile bool _isWriting;
    private volatile bool _outputBroken;

    /// <summary>Prepares the session.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="served">Its companion.</param>
    /// <param name="service">What it is served with.</param>
    /// <param name="client">The client's id.</param>
    /// <param name="notice">Tells of files that are stored.</param>
    /// <param name="mayDo">Says whether the client may do something; everything if null.</param>
    public FilesSession(
        ConnectionContext context,
        ServedConnection served,
        FilesService service,
        string client,
        ReceivedNotice notice,
        Func<ClientRights, ValueTask<ClientVerdict>>? mayDo)
    {
        _mayDo = mayDo;
        _notice = notice;
        _served = served;
        _service = service;
        _client = client;
        _input = context.Transport.Input;
        _output = context.Transport.Output;
    }

    bool IUnitReader.IsOver => _isOver;

    bool IUnitReader.IsInsideUnit => _hasCommand;

    /// <summary>Serves the connection from its hello to its end.</summary>
    /// <returns>Whether the client may still hear: it is not to be reset.</returns>
    public async Task<bool> RunAsync()
    {
        Reply(_service.Hello.Write);
        Task answering = AnswerAsync();
        try
        {
            using ITimer silence = _served.Time.CreateTimer(
                static session => ((FilesSession)session!).HandleSilence(), this, SignOfLife, SignOfLife);
            await UnitLoop.RunAsync(_input, _served, this).ConfigureAwait(false);
        }
        catch (BrokenTransferException)
        {
            End(RefusalCode.BadFrame, ServiceEventCause.BadFrame, "what came is no unit that was expected");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            _served.EndBecause(_served.End ?? _served.EndOf(exception));
            _outputBroken = true;
        }
        finally
        {
            await EndTransferAsync().ConfigureAwait(false);
            _inputEnded = true;
            _wake.Signal();
            await answering.ConfigureAwait(false);
        }

        return !_outputBroken;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => EndTransferAsync();

    UnitProgress IUnitReader.Read(ref ReadOnlySequence<byte> received)
    {
        _hasCommand = false;
        while (!_isOver)
        {
            if (_isSuperseded)
            {
                End(RefusalCode.Superseded, ServiceEventCause.Superseded, "taken over: the same transfer came over another connection");
                _served.IsTakenOver = true;
                break;
            }

            bool isWaiting = _reception is not null ? ReadTransfer(ref received)
                : _sending is not null ? ReadSending(ref received)
                : _intake is not null ? ReadOpening(ref received)
                : ReadCommand(ref received);
            if (_work is not null)
            {
                return UnitProgress.MustWait;
            }

            if (isWaiting)
            {
                return UnitProgress.NeedMore;
            }
        }

        return UnitProgress.Ended;
    }

    async ValueTask IUnitReader.WaitAsync()
    {
        Func<ValueTask> work = _work!;
        _work = null;
        await work().ConfigureAwait(false);
    }

    void IUnitReader.HandleDraining()
    {
        // What is verified stays, and the client comes back for the rest.
        if (!_isOver)
        {
            RefusalCode code = _served.Stop == StopCause.Revoked ? RefusalCode.Token : RefusalCode.ShuttingDown;
            Reply(unit => ErrorUnit.Write(code, unit));
            _isOver = true;
        }
    }

    /// <summary>Takes the units of a transfer.</summary>
    /// <returns>Whether more must arrive.</returns>
    private bool ReadTransfer(ref ReadOnlySequence<byte> received)
    {
        _work = _reception!.Read(ref received);
        if (_work is not null || !_reception.IsSettled || received.Length < ControlUnit.Size)
        {
            return _work is null;
        }

        // What comes now belongs to what follows the transfer.
        _work = EndTransferAsync;
        return false;
    }

    private bool ReadSending(ref ReadOnlySequence<byte> received)
    {
        if (!_sending!.Read(ref received))
        {
            throw new BrokenTransferException();
        }

        _work = _sending.IsOver ? EndTransferAsync : null;
        return _work is null;
    }

    private bool ReadCommand(ref ReadOnlySequence<byte> received)
    {
        _hasCommand = !received.IsEmpty;
        if (received.Length < ControlUnit.Size)
        {
            return true;
        }

        received.Slice(0, ControlUnit.Size).CopyTo(_unit);
        received = received.Slice(ControlUnit.Size);
        _hasCommand = false;
        if (TransferOpening.TryParse(_unit, out _opening))
        {
            FilesHello hello = _service.Hello;
            if (_opening.EntryCount > hello.MaxEntries || _opening.ManifestBytes > hello.MaxManifestBytes)
            {
                End(RefusalCode.TooMany, ServiceEventCause.TooLarge, "a transfer of more entries, or a longer manifest, than is taken");
                return false;
            }

            _intake = new ManifestIntake(_service.Manifests, _opening.ManifestBytes);
            return false;
        }

        if (FetchUnit.TryParse(_unit, out _fetch))
        {
            if (_service.Share is null)
            {
                End(RefusalCode.NotShared, ServiceEventCause.NotShared, "asked for files, and nothing is shared");
                return false;
            }

            if (_fetch.PathBytes > _service.Hello.MaxManifestBytes)
            {
                End(RefusalCode.TooMany, ServiceEventCause.TooLarge, "asked for more paths than are taken");
                return false;
            }

            _intake = new ManifestIntake(_service.Manifests, _fetch.PathBytes);
            return false;
        }

        if (ByeUnit.Is(_unit))
        {
            Reply(ByeUnit.Write);
            _isOver = true;
            return false;
        }

        // A token that was not asked for is ignored.
        return TokenUnit.TryParse(_unit, out _) ? false : throw new BrokenTransferException();
    }

    /// <summary>Takes what follows an opening: a manifest, or paths.</summary>
    private bool ReadOpening(ref ReadOnlySequence<byte> received)
    {
        if (!_intake!.TryTake(ref received) || (_intake.MissingBytes == 0 && _opening is not null && !_intake.TryTakeEntries(_opening.EntryCount)))
        {
            End(RefusalCode.Busy, ServiceEventCause.Busy, "the memory for manifests is used up");
            return false;
        }

        if (_intake.MissingBytes > 0)
        {
            return true;
        }

        DigestAlgorithm algorithm = _opening?.Algorithm ?? _fetch!.Algorithm;
        if (ManifestText.Digest(algorithm, _client, _unit, _intake.Content.Span) != _intake.Digest)
        {
            End(RefusalCode.Digest, ServiceEventCause.BadFrame, "the opening of a transfer has another digest than was said");
            return false;
        }

        _work = OpenAsync;
        return false;
    }

    private async ValueTask OpenAsync()
    {
        bool isSending = _opening is not null;
        if (_mayDo is not null && await _mayDo(isSending ? ClientRights.Send : ClientRights.Read).ConfigureAwait(false) != ClientVerdict.Allowed)
        {
            End(RefusalCode.Token, _served.Denial?.Cause ?? ServiceEventCause.PrefaceToken, _served.Denial?.Reason ?? "it may not do this");
            return;
        }

        if (isSending)
        {
            await OpenTransferAsync().ConfigureAwait(false);
        }
        else
        {
            await OpenShareAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask OpenTransferAsync()
    {
        TransferOpening opening = _opening!;
        ManifestEntry[]? entries = ManifestText.Read(_intake!.Content, opening.EntryCount);
        if (entries is null)
        {
            throw new BrokenTransferException();
        }

        _seat = await _service.Seats.EnterAsync(_client, opening.Key, HandleSuperseded).ConfigureAwait(false);
        var offer = new TransferOffer(_client, opening, entries);
        var watcher = new ReceptionEvents(_served, entries, _notice, opening.IsVerify);
        var reception = new Reception(offer, _intake.Digest, () => _wake.Signal(), watcher);
        try
        {
            await reception.OpenAsync(_service.Store).ConfigureAwait(false);
            _reception = reception;
            _served.Intake = () => watcher.Progress;
            _wake.Signal();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reception.Dispose();
            RefusalCode code = exception is InboxRefusedException { IsForDescriptors: true } ? RefusalCode.Busy : RefusalCode.StoreFailed;
            End(code, ServiceEventCause.NotStored, exception.Message);
        }
    }

    private async ValueTask OpenShareAsync()
    {
        FetchUnit fetch = _fetch!;
        ReadOnlyMemory<byte>[]? paths = FetchedPaths.Read(_intake!.Content);
        if (paths is null)
        {
            throw new BrokenTransferException();
        }

        try
        {
            if (fetch.Key is null)
            {
                await ListAsync(paths, fetch.Algorithm).ConfigureAwait(false);
                return;
            }

            if (await _service.Share!.OpenAsync(paths, _served.Stopping).ConfigureAwait(false) is not { Entries.Count: > 0 } source)
            {
                End(RefusalCode.NotFound, ServiceEventCause.NotFound, "asked for a file that is not there");
                return;
            }

            _isWriting = true;
            _sending = new FetchedSending(
                source, new TransferRequest { Key = fetch.Key, Algorithm = fetch.Algorithm }, _client, _output, _served, HandleSendingEnded);
            _sending.Start();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            End(RefusalCode.NotFound, ServiceEventCause.NotFound, exception.Message);
        }
    }

    private async ValueTask ListAsync(ReadOnlyMemory<byte>[] paths, DigestAlgorithm algorithm)
    {
        IReadOnlyList<ManifestEntry>? entries = await _service.Share!.ListAsync(paths, _served.Stopping).ConfigureAwait(false);
        if (entries is null)
        {
            End(RefusalCode.NotFound, ServiceEventCause.NotFound, "asked for a directory that is not there");
            return;
        }

        ReadOnlyMemory<byte> manifest = ManifestText.Write(entries);
        byte[] unit = new byte[ControlUnit.Size];
        new ListedUnit(entries.Count, manifest.Length).Write(unit);
        ContentDigest digest = ManifestText.Digest(algorithm, _client, unit, manifest.Span);
        lock (_gate)
        {
            _replies.Write(unit);
            _replies.Write(manifest.Span);
            digest.CopyTo(_replies.GetSpan(ContentDigest.Size));
            _replies.Advance(ContentDigest.Size);
        }

        await EndTransferAsync().ConfigureAwait(false);
        _wake.Signal();
    }

    /// <summary>Ends what is open, if anything is: what is whole becomes durable, the rest is kept for the next attempt.</summary>
    private async ValueTask EndTransferAsync()
    {
        if (_sending is not null)
        {
            await _sending.DisposeAsync().ConfigureAwait(false);
            _sending = null;
        }

        if (_reception is { } reception)
        {
            // The store ends what is whole; what comes of that is said before the checks can no longer be computed.
            await reception.CloseAsync().ConfigureAwait(false);
            lock (_gate)
            {
                while (reception.Write(_replies, int.MaxValue))
                {
                }
            }

            _reception = null;
            _served.Intake = null;
            reception.Dispose();
            _wake.Signal();
        }

        _seat?.Dispose();
        _seat = null;
        _intake?.Dispose();
        _intake = null;
        _opening = null;
        _fetch = null;
    }

    private void HandleSuperseded()
    {
        _isSuperseded = true;
        _input.CancelPendingRead();
        _output.CancelPendingFlush();
    }

    private void HandleSendingEnded()
    {
        _isWriting = false;
        _wake.Signal();
        _input.CancelPendingRead();
    }

    private void HandleSilence() => _reception?.HandleSilence();

    private void Reply(UnitWriting write)
    {
        lock (_gate)
        {
            write(_replies.GetSpan(ControlUnit.Size));
            _replies.Advance(ControlUnit.Size);
        }

        _wake.Signal();
    }

    /// <summary>Ends the connection with a word.</summary>
    private void End(RefusalCode code, ServiceEventCause cause, string detail)
    {
        _served.EndBecause(new(cause, "refused: " + detail));
        _served.Publish(ServiceEventKind.FileRefused, detail: detail, cause: cause);
        Reply(unit => ErrorUnit.Write(code, unit));
        _isOver = true;
    }

    /// <summary>Writes what there is to say, until the connection ends.</summary>
    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                bool isLast = _inputEnded;
                while (!_outputBroken && !_isWriting && Compose())
                {
                    if (!await AnswerFlush.TryFlushAsync(_output, _served).ConfigureAwait(false))
                    {
                        _outputBroken = true;
                        _input.CancelPendingRead();
                    }
                }

                if (isLast)
                {
                    return;
                }

                await _wake.WaitAsync().ConfigureAwait(false);
            }
        }
        catch
        {
            _outputBroken = true;
            _input.CancelPendingRead();
            throw;
        }
    }

    private bool Compose()
    {
        lock (_gate)
        {
            if (_replies.WrittenCount > 0)
            {
                _output.Write(_replies.WrittenSpan);
                _replies.ResetWrittenCount();
                return true;
            }
        }

        return _reception?.Write(_output, MostAnswerBytes) ?? false;
    }

    private delegate void UnitWriting(Span<byte> unit);
}
