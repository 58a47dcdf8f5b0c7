using System.Buffers;
using System.Text;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// The reading side of a native connection whose client may submit: it gives units to the session and messages to the store. What is
/// right to do is the session's decision, made under the seat's gate.
/// </summary>
internal sealed class NativeReader : IUnitReader
{
    private readonly ConnectionContext _context;
    private readonly ServedConnection _served;
    private readonly NativeConnection _connection;
    private readonly ClientSeat _seat;
    private readonly MessageSession _session;

    /// <summary>The message that waits for room in the store's queue, or for the next appender.</summary>
    private (long Sequence, ReadOnlySequence<byte> Payload)? _held;
    private bool _isHeldForRenewal;
    private bool _givesWay;
    private bool _isRefusalTold;

    /// <summary>Bytes that were stored and that the quota has not heard of.</summary>
    private long _uncountedBytes;

    public NativeReader(
        ConnectionContext context,
        ServedConnection served,
        NativeConnection connection,
        ClientSeat seat,
        MessageSession session)
    {
        _context = context;
        _served = served;
        _connection = connection;
        _seat = seat;
        _session = session;
    }

    /// <inheritdoc/>
    public bool IsOver => _connection.IsOutputBroken;

    /// <inheritdoc/>
    public bool IsInsideUnit { get; private set; }

    /// <inheritdoc/>
    public UnitProgress Read(ref ReadOnlySequence<byte> received)
    {
        bool mustWait;
        bool hasUnit;
        SessionStep step;
        NakCode? refused;
        TimeSpan now = _served.Now;
        _seat.AssertOutside();
        lock (_seat.Gate)
        {
            bool wasOpen = _session.ClosedFor is null;
            bool isThereMore;
            int taken = 0;
            do
            {
                step = TakeOne(ref received, now, out mustWait);
                isThereMore = step is SessionStep.Continue or SessionStep.Append && !mustWait;
                _givesWay = isThereMore && step == SessionStep.Append && ++taken % FairTurn.Messages == 0 && _served.DoOthersWait();
            }
            while (isThereMore && !_givesWay);

            // What was not told by the store or a quota, the session refused itself.
            refused = wasOpen && !_isRefusalTold ? _session.ClosedFor : null;
            _isRefusalTold = false;
            _served.Repeats = _session.Repeats;
            hasUnit = _session.HasUnit || _session.ShouldClose;
            IsInsideUnit = _session.IsInsideUnit;
            bool awaitsPayload = _session.AwaitsPayload && step == SessionStep.NeedMore;
            _served.UnitLacks(awaitsPayload ? _session.PayloadLength - received.Length : 0);
            if (awaitsPayload)
            {
                QuickAcknowledgement.Request(_context);
            }
        }

        _connection.Quota.Count(_uncountedBytes, now);
        _uncountedBytes = 0;

        if (refused is { } code)
        {
            Tell(code);
        }

        if (hasUnit)
        {
            _connection.Wake();
        }

        return mustWait || _givesWay ? UnitProgress.MustWait
            : step == SessionStep.Closed ? UnitProgress.Ended
            : UnitProgress.NeedMore;
    }

    /// <inheritdoc/>
    public ValueTask WaitAsync() => _givesWay ? FairTurn.GiveWayAsync()
        : _isHeldForRenewal ? _connection.WaitForRenewalAsync()
        : _connection.Appender.WaitForSpaceAsync();

    /// <inheritdoc/>
    public void HandleDraining()
    {
        lock (_seat.Gate)
        {
            _session.Close(_served.Stop == StopCause.Revoked ? NakCode.Token : NakCode.ShuttingDown);
        }

        _connection.Wake();
    }

    private SessionStep TakeOne(ref ReadOnlySequence<byte> received, TimeSpan now, out bool mustWait)
    {
        mustWait = false;
        SessionStep step = SessionStep.Append;
        if (_held is not (long sequence, ReadOnlySequence<byte> payload))
        {
            step = _session.Read(ref received, out sequence, out payload);
            if (step != SessionStep.Append)
            {
                return step;
            }

            ConnectionEnd? beyond = _connection.Quota.TryTake(_uncountedBytes, now);
            _uncountedBytes = 0;
            if (beyond is not null)
            {
                Refuse(NakCode.Busy, sequence, beyond);
                return step;
            }
        }

        _held = null;
        if (!_session.MaySubmit)
        {
            _session.HandleRefused(NakCode.Busy);
            return step;
        }

        // The first message of all makes its client known to the store, which keeps it.
        bool isNew = sequence == 1;
        if (isNew && _connection.NewClients.TryTake(_connection.Source, _served.Limits, now) is { } met)
        {
            Refuse(NakCode.Busy, sequence, met);
            return step;
        }

        AppendStatus status = _connection.Appender.TryAppend(sequence, payload);
        if (isNew && status != AppendStatus.Accepted)
        {
            _connection.NewClients.GiveBack(_connection.Source, _served.Limits, now);
        }

        switch (status)
        {
            case AppendStatus.Accepted:
                _session.HandleAppended();
                _uncountedBytes += payload.Length;
                _served.PublishMessage(payload, sequence);
                break;
            case AppendStatus.QueueFull:
            case AppendStatus.Ended when !_connection.IsEndHandled:
                _held = (sequence, payload);
                _isHeldForRenewal = status == AppendStatus.Ended;
                mustWait = true;
                break;
            case AppendStatus.Ended:
                // The store could not be reached when it was opened again; now is another chance.
                _connection.IsEndHandled = false;
                Refuse(NakCode.Busy, sequence);
                break;
            case AppendStatus.DiskFull:
                Refuse(NakCode.DiskFull, sequence);
                break;
            case AppendStatus.TooLarge:
                Refuse(NakCode.TooLarge, sequence);
                break;
            case AppendStatus.TooManyClients:
                Refuse(NakCode.Busy, sequence);
                break;
            case AppendStatus.OutOfSequence:
                Refuse(NakCode.Conflict, sequence);
                break;
            default:
                Refuse(NakCode.StoreFailed, sequence);
                break;
        }

        return step;
    }

    private void Refuse(NakCode code, long sequence, ConnectionEnd? why = null)
    {
        _session.HandleRefused(code);
        _isRefusalTold = _session.ClosedFor is not null;
        Tell(code, sequence, why);
    }

    private void Tell(NakCode code, long sequence = 0, ConnectionEnd? why = null) => _served.Publish(
        ServiceEventKind.MessageRefused,
        detail: why?.Reason ?? Encoding.ASCII.GetString(NakCodes.GetWord(code)),
        cause: why?.Cause ?? ServiceEventCauses.Of(code),
        sequence: sequence);
}
