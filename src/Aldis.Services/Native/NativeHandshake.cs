using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Native;

/// <summary>
/// The beginning of a native connection, for whichever conversation: it reads the preface, and the token where one is required, and asks
/// the policy whether this peer may be that client (docs/protocols/messages.md sections 3.2 and 3.3). Who is turned away is answered
/// here; the hello of one who is accepted is the conversation's own.
/// </summary>
internal sealed class NativeHandshake : IUnitReader
{
    private readonly ConnectionContext _context;
    private readonly ServedConnection _served;
    private readonly string _service;
    private readonly IClientPolicy _policy;
    private readonly ServiceEventKind _refusal;
    private readonly ClientRights _rights;
    private readonly PrefaceReader _reader;
    private HandshakeStatus _status;
    private bool _isUndecided;

    /// <summary>Prepares the handshake of one connection.</summary>
    /// <param name="context">The connection; its stream is native (<see cref="FormDetection"/>).</param>
    /// <param name="served">Its companion.</param>
    /// <param name="service">The conversation spoken here, for example <c>messages</c>.</param>
    /// <param name="policy">Says which peer may be which client.</param>
    /// <param name="refusal">What the conversation calls it when a client is turned away.</param>
    /// <param name="rights">What its clients want; none where only what follows the handshake says it.</param>
    public NativeHandshake(
        ConnectionContext context, ServedConnection served, string service, IClientPolicy policy, ServiceEventKind refusal, ClientRights rights)
    {
        _rights = rights;
        _context = context;
        _served = served;
        _service = service;
        _policy = policy;
        _refusal = refusal;
        _reader = new PrefaceReader(Encoding.ASCII.GetBytes(service));
    }

    /// <summary>The client's id, once it is accepted.</summary>
    public string Client => _reader.Client;

    /// <summary>The token that was required of it, once it is accepted; empty where none was.</summary>
    public ReadOnlyMemory<byte> Token => _reader.Token;

    /// <summary>Whether a client is told that its token is awaited (<see cref="GuardedHandler"/>). Otherwise it knows that by the silence.</summary>
    public bool AsksForToken { get; init; }

    bool IUnitReader.IsOver => false;

    // The time runs on while the policy decides: a client would not wait longer either.
    bool IUnitReader.IsInsideUnit => _status is HandshakeStatus.NeedMore or HandshakeStatus.Claimed;

    private bool IsTokenAwaited => _status == HandshakeStatus.NeedMore && Client.Length > 0;

    /// <summary>Shakes hands.</summary>
    /// <returns>How it ended; the connection's input stands behind what was read.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<HandshakeEnd> RunAsync()
    {
        HandshakeQuota? quota = _served.Handshakes;
        using HandshakeQuota.Turn? turn = quota is null
            ? null
            : quota.TryEnter(_served.Network) ?? await WaitForTurnAsync(quota).ConfigureAwait(false);
        if (quota is not null && turn is null)
        {
            if (_served.Stop.IsGentle())
            {
                return HandshakeEnd.Undecided;
            }

            await TurnAwayAsync(PrefaceError.Busy).ConfigureAwait(false);
            return HandshakeEnd.Refused;
        }

        await UnitLoop.RunAsync(_context.Transport.Input, _served, this).ConfigureAwait(false);
        if (_status == HandshakeStatus.Accepted)
        {
            _served.Client = _reader.Client;
            _served.UnitTimeout = null;
            return HandshakeEnd.Accepted;
        }

        if (_isUndecided || (IsTokenAwaited && _served.Stop.IsGentle()))
        {
            return HandshakeEnd.Undecided;
        }

        // A client that has no token waits for an answer, and none comes after it: silence is a word too.
        PrefaceError error = IsTokenAwaited ? PrefaceError.Token : _reader.Error;
        if (error == PrefaceError.None)
        {
            return HandshakeEnd.Gone;
        }

        await TurnAwayAsync(error).ConfigureAwait(false);
        return HandshakeEnd.Refused;
    }

    UnitProgress IUnitReader.Read(ref ReadOnlySequence<byte> received)
    {
        if (_isUndecided)
        {
            return UnitProgress.Ended;
        }

        if (_status == HandshakeStatus.NeedMore)
        {
            _status = _reader.Read(ref received);
        }

        return _status switch
        {
            HandshakeStatus.NeedMore when _served.Stop == StopCause.None => UnitProgress.NeedMore,
            HandshakeStatus.Claimed => UnitProgress.MustWait,
            _ => UnitProgress.Ended,
        };
    }

    async ValueTask IUnitReader.WaitAsync()
    {
        var claim = ClientClaim.Of(_context, _served, _service, _reader.Client, _reader.Token, _rights);
        if (claim.Certificate is { } certificate && !CertificateIds.Of(certificate).Contains(claim.Client, StringComparer.Ordinal))
        {
            _served.Denial = new(
                ServiceEventCause.ClientCertificate, $"its certificate ({certificate.Subject}) does not name the client {claim.Client}");
            _status = _reader.Decide(ClientVerdict.Refused);
            return;
        }

        try
        {
            ValueTask<ClientVerdict> deciding = _policy.DecideAsync(claim, _served.Stopping);
            _status = _reader.Decide(
                deciding.IsCompletedSuccessfully ? deciding.Result : await deciding.AsTask().WaitAsync(_served.Stopping).ConfigureAwait(false));
            if (IsTokenAwaited)
            {
                await AwaitTokenAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_served.Stop != StopCause.None)
        {
            _isUndecided = true;
        }
        catch (Exception exception)
        {
            // Not to know is not to allow; but the client is not to blame, and may come back.
            _isUndecided = true;
            _served.EndBecause(new(
                ServiceEventCause.HandlerFailed, "failed: whether the client is allowed could not be told: " + exception.Message));
            _served.Publish(ServiceEventKind.Fault, detail: exception.ToString(), cause: ServiceEventCause.HandlerFailed);
        }
    }

    void IUnitReader.HandleDraining()
    {
        // Read looks at the stop itself: a preface that is whole is decided about all the same.
    }

    // The first byte of the preface is here: its time runs, and ends the waiting.
    private ValueTask<HandshakeQuota.Turn?> WaitForTurnAsync(HandshakeQuota quota)
    {
        _served.UnitBegan();
        return quota.EnterAsync(_served.Network, _served.Stopping);
    }

    // A client sends its token with its preface, or as soon as it is asked for it: one that has none shall hear so before it gives up.
    private async ValueTask AwaitTokenAsync()
    {
        _served.UnitEnded();
        _served.UnitBegan();
        _served.UnitTimeout = _served.Limits.UnitTimeout / 2;
        if (AsksForToken)
        {
            PipeWriter output = _context.Transport.Output;
            TokenUnit.WriteRequest(output.GetSpan(ControlUnit.Size));
            output.Advance(ControlUnit.Size);
            await output.FlushAsync().ConfigureAwait(false);
        }
    }

    private async Task TurnAwayAsync(PrefaceError error)
    {
        PipeWriter output = _context.Transport.Output;
        PrefaceErrors.Write(error, output.GetSpan(ControlUnit.Size));
        output.Advance(ControlUnit.Size);
        await output.FlushAsync().ConfigureAwait(false);
        string word = Encoding.ASCII.GetString(PrefaceErrors.GetWord(error));
        ConnectionEnd? why = error is PrefaceError.Token or PrefaceError.Client or PrefaceError.Busy ? _served.Denial : null;
        if (why is not null && _reader is { Token.IsEmpty: true, Error: PrefaceError.Token })
        {
            why = new(ServiceEventCause.TokenUnknown, "what it showed is no token: 1 to 58 printable bytes without a space");
        }

        ServiceEventCause cause = why?.Cause ?? ServiceEventCauses.Of(error);
        _served.EndBecause(new(cause, $"refused: error={word}" + (why is { } end ? $": {end.Reason}" : string.Empty)));
        _served.Publish(_refusal, detail: why?.Reason ?? $"preface: {word}", cause: cause);
        await LingeringClose.DrainAsync(_context.Transport.Input, TimeProvider.System).ConfigureAwait(false);
    }
}
