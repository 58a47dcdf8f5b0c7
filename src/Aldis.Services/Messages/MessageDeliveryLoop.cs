using System.Globalization;
using System.Threading.Channels;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Clients;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Messages;

/// <summary>
/// The driver around <see cref="MessageSender"/>: it feeds the outbox, the sender and one connection after the other in one loop, so that
/// the order of things is plain: a line is safe in the outbox before it is offered, and a number is safe in the outbox before it is sent.
/// How long it goes on is docs/protocols/messages.md section 5.4.
/// </summary>
internal sealed class MessageDeliveryLoop
{
    private readonly EndpointAddress _address;
    private readonly IOutbox _outbox;
    private readonly MessagesClientOptions _options;
    private readonly Func<CancellationToken, Task<IClientStream>> _connect;
    private readonly Channel<OutboxEntry> _input;
    private readonly TimeProvider _time;
    private readonly DeliveryQueue _queue;
    private bool _wasReached;
    private bool _wasGreeted;
    private CommunicationException? _failure;

    /// <summary>Prepares a delivery.</summary>
    /// <param name="address">Where to; for sentences.</param>
    /// <param name="outbox">What is to be sent.</param>
    /// <param name="options">Limits.</param>
    /// <param name="events">Told what happens.</param>
    /// <param name="input">Lines on their way into the outbox; completed by whoever writes, or by the delivery when it ends.</param>
    /// <param name="connect">Opens a connection, within <see cref="ClientOptions.ConnectTimeout"/>.</param>
    /// <param name="time">The clock.</param>
    public MessageDeliveryLoop(
        EndpointAddress address,
        IOutbox outbox,
        MessagesClientOptions options,
        Action<MessagesClientEvent>? events,
        Channel<OutboxEntry> input,
        Func<CancellationToken, Task<IClientStream>> connect,
        TimeProvider time)
    {
        _address = address;
        _outbox = outbox;
        _options = options;
        _input = input;
        _connect = connect;
        _time = time;
        _queue = new DeliveryQueue(address, outbox, options, events, input.Reader);
    }

    private MessageSender Sender => _queue.Sender;

    /// <summary>
    /// Whether nothing is left to do but a farewell, which changes nothing. Where there was nothing to send, a hello is what was asked for.
    /// </summary>
    private bool IsDone => _wasGreeted && _queue.IsAllSettled;

    /// <summary>The exception of a delivery that was given up.</summary>
    public static Exception GaveUp(MessageDelivery delivery) =>
        (Exception?)delivery.OutboxFailure
        ?? delivery.Failure
        ?? new CommunicationException(CommunicationFailure.Network, "the client has ended; it takes no more messages.");

    /// <summary>Delivers until everything is acknowledged, nothing can be, or it is abandoned.</summary>
    public async Task<MessageDelivery> RunAsync(CancellationToken abandon)
    {
        using var clock = new DeliveryClock(_time);
        OutboxException? outboxFailure = null;
        try
        {
            _queue.TakeInput();
            await DeliverAsync(clock, abandon);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            // What is not acknowledged stays in the outbox.
        }
        catch (OutboxException exception)
        {
            outboxFailure = exception;
        }

        // What was handed over is kept, whatever the end.
        _input.Writer.TryComplete();
        _queue.Conclude(outboxFailure);
        _queue.FailWaiters(
            (Exception?)_queue.OutboxFailure
            ?? _failure
            ?? new CommunicationException(CommunicationFailure.Network, "the client ended before the message was acknowledged."));
        return new MessageDelivery
        {
            Offered = _queue.Offered,
            Acknowledged = _queue.Acknowledged,
            Duplicates = _queue.Duplicates,
            Refused = _queue.Refused,
            Lost = _queue.Lost,
            Unknown = _queue.Unknown,
            NeverSent = _queue.NeverSent,
            NotTaken = _queue.NotTaken,
            OutboxFailure = _queue.OutboxFailure,
            End = Sender.End,
            Failure = _failure,
            Elapsed = clock.Elapsed,
        };
    }

    private async Task DeliverAsync(DeliveryClock clock, CancellationToken abandon)
    {
        var patience = new DeliveryPatience(DeliveryClock.Nanoseconds(_options.RetryFor), clock.NowNs);
        for (int tries = 0; ; tries++)
        {
            long settledBefore = _queue.Acknowledged + _queue.Refused;
            (CommunicationException reason, bool isUsedUp) = await ConnectAndConverseAsync(patience, clock, abandon);
            _queue.TakeInput();
            if (IsDone)
            {
                return;
            }

            patience.HandleEnded(clock.NowNs);
            bool mayRetry = SenderEnds.AllowsReconnect(Sender.End) && !isUsedUp && (_wasReached || _options.RetryFirstConnection);
            if (!mayRetry || patience.GivesUp(clock.NowNs))
            {
                _failure = reason;
                return;
            }

            tries = _queue.Acknowledged + _queue.Refused > settledBefore ? 0 : tries;
            await PauseAsync(tries, reason.Message, patience, clock, abandon);
            if (IsDone)
            {
                return;
            }
        }
    }

    /// <summary>One connection, from the attempt to its end.</summary>
    /// <returns>Why it ended, and whether the retry budget was used up while the server took nothing.</returns>
    private async Task<(CommunicationException Reason, bool IsUsedUp)> ConnectAndConverseAsync(
        DeliveryPatience patience, DeliveryClock clock, CancellationToken abandon)
    {
        patience.HandleAttempt();
        try
        {
            await using IClientStream stream = await ConnectAsync(patience, clock, abandon);
            _wasReached = true;
            Sender.HandleConnected();
            var connection = new DeliveryConnection(stream, _address, _queue, patience, _options.AnswerTimeout, clock);
            try
            {
                await connection.RunAsync(abandon);
            }
            finally
            {
                _wasGreeted |= connection.IsGreeted;
            }

            if (connection.GaveUpOn is not { } code)
            {
                return (Describe(), false);
            }

            Sender.HandleEnded(isOrderly: false);
            string word = DeliveryQueue.Word(NakCodes.GetWord(code));
            return (new CommunicationException(CommunicationFailure.Refused, $"{_address} takes nothing now ({word})."), true);
        }
        catch (CommunicationException exception)
        {
            Sender.HandleEnded(isOrderly: false);
            return (exception, false);
        }
    }

    private async Task<IClientStream> ConnectAsync(DeliveryPatience patience, DeliveryClock clock, CancellationToken abandon)
    {
        long connectNs = DeliveryClock.Nanoseconds(_options.ConnectTimeout);
        long dueNs = connectNs < long.MaxValue - clock.NowNs ? clock.NowNs + connectNs : long.MaxValue;
        try
        {
            return await _connect(abandon);
        }
        finally
        {
            patience.HandleStandstill(clock.StandstillNs(dueNs));
        }
    }

    /// <summary>Waits before another try, taking lines meanwhile.</summary>
    private async Task PauseAsync(int tries, string reason, DeliveryPatience patience, DeliveryClock clock, CancellationToken abandon)
    {
        TimeSpan wanted = ReconnectPause.Draw(_options.ShortestPause, _options.LongestPause, tries);
        long pauseNs = patience.LimitPause(DeliveryClock.Nanoseconds(wanted), clock.NowNs);
        _queue.Report(new MessagesClientEvent(
            MessagesClientEventKind.Reconnecting,
            Detail: string.Create(CultureInfo.InvariantCulture, $"{reason.TrimEnd('.')}; trying again in {pauseNs / 1e9:0.0} s")));
        long dueNs = clock.NowNs + pauseNs;
        var abandoned = new TaskCompletionSource();
        using CancellationTokenRegistration registration =
            abandon.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), abandoned);
        while (clock.NowNs < dueNs && !IsDone)
        {
            await _queue.WaitForInputOrAsync(clock.RingAt(dueNs), abandoned.Task);
            abandon.ThrowIfCancellationRequested();
            _queue.TakeInput();
        }

        patience.HandleStandstill(clock.StandstillNs(dueNs));
    }

    private CommunicationException Describe()
    {
        (CommunicationFailure failure, string sentence) = Sender.End switch
        {
            SenderEnd.ShuttingDown => (CommunicationFailure.Network, $"{_address} is shutting down."),
            SenderEnd.StoreUnavailable => (
                CommunicationFailure.Refused,
                $"{_address} takes no client for now (error=busy): its store cannot be reached, or too many wrong tokens came from here."),
            SenderEnd.StoreFailed => (
                CommunicationFailure.Refused, $"the store of {_address} failed: it takes nothing until it is restarted."),
            SenderEnd.MessageRefused => (CommunicationFailure.Network, $"{_address} refused a message."),
            SenderEnd.Superseded => (
                CommunicationFailure.Refused,
                $"another connection with the client id '{_outbox.ClientId}' took over at {_address}: give each sender an id of its own."),
            SenderEnd.Conflict => (
                CommunicationFailure.Refused,
                $"{_address} holds another message under number {Sender.DisputedSequence} of client '{_outbox.ClientId}': "
                + "two senders share the id, or an outbox was lost."),
            SenderEnd.Forgotten => (
                CommunicationFailure.Refused,
                $"{_address} took a message under number {Sender.DisputedSequence} of client '{_outbox.ClientId}' and cannot tell any "
                + $"more whether it is the one that waits here: 'aldis log --client {_outbox.ClientId} --json' there shows it."),
            SenderEnd.Refused when Sender.PrefaceError == PrefaceError.Token => (
                CommunicationFailure.Authentication, TokenSafety.Refused(_address)),
            SenderEnd.Refused when Sender.PrefaceError == PrefaceError.Client => (
                CommunicationFailure.Authentication,
                $"{_address} does not allow the client id '{_outbox.ClientId}' here, or not with this certificate (error=client)."),
            SenderEnd.Refused => (
                CommunicationFailure.Refused,
                $"{_address} refused the preface (error={DeliveryQueue.Word(PrefaceErrors.GetWord(Sender.PrefaceError))})."),
            SenderEnd.NotMessageServer => (
                CommunicationFailure.Refused, $"{_address} is no message server: it answered the preface with something else."),
            SenderEnd.PlainServer => (CommunicationFailure.Refused, $"{_address} speaks the plain form only: use --plain."),
            SenderEnd.ProtocolViolation => (
                CommunicationFailure.Refused, $"{_address} broke the rules of the conversation, or says that this client did."),
            _ => (
                CommunicationFailure.Network,
                $"{_address} closed the connection{(_wasGreeted ? "." : " before it had answered." + EarlyEnd.Hint(_address))}"),
        };
        return new CommunicationException(failure, sentence);
    }
}
