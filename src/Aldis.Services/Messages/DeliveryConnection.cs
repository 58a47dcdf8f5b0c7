using System.Buffers;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Messages;

/// <summary>
/// One connection of a <see cref="MessageDeliveryLoop"/>, from the preface to its end. Reading never waits for writing, so that an
/// acknowledgement counts while a large message is on its way, and a peer that takes nothing is late all the same.
/// </summary>
internal sealed class DeliveryConnection
{
    private const int WriteBytes = 256 * 1024;
    private const int ReadBytes = 16 * 1024;
    private const ConfigureAwaitOptions Quietly = ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    private readonly IClientStream _stream;
    private readonly EndpointAddress _address;
    private readonly DeliveryQueue _queue;
    private readonly MessageSender _sender;
    private readonly DeliveryPatience _patience;
    private readonly AnswerPatience _answer;
    private readonly DeliveryClock _clock;
    private readonly TimeSpan _timeout;
    private readonly ArrayBufferWriter<byte> _outgoing = new();
    private readonly byte[] _received = new byte[ReadBytes];

    // Where each message that was written ends, by the connection's bytes; the last copy of those that were sent again.
    private readonly Queue<(long Sequence, long End)> _ends = [];
    private int _receivedLength;
    private long _composedBytes;
    private long _unitEnd;
    private long _highestWritten;
    private long _lookedAtNs;
    private NakCode _delayedBy;
    private Task? _writing;
    private bool _isWriteBroken;

    public DeliveryConnection(
        IClientStream stream,
        EndpointAddress address,
        DeliveryQueue queue,
        DeliveryPatience patience,
        TimeSpan timeout,
        DeliveryClock clock)
    {
        _stream = stream;
        _address = address;
        _queue = queue;
        _sender = queue.Sender;
        _patience = patience;
        _clock = clock;
        _timeout = timeout;
        _answer = new AnswerPatience(DeliveryClock.Nanoseconds(timeout), clock.NowNs);
    }

    /// <summary>Why the server takes nothing, where that lasted longer than the retry budget; null otherwise.</summary>
    public NakCode? GaveUpOn { get; private set; }

    /// <summary>Whether the server answered the preface.</summary>
    public bool IsGreeted => _sender.Hello is not null;

    private bool CanWrite => _writing is null && !_isWriteBroken;

    /// <summary>Converses until the sender is at an end, or gives up on a server that takes nothing (<see cref="GaveUpOn"/>).</summary>
    /// <exception cref="CommunicationException">The connection broke, or an answer is late.</exception>
    public async Task RunAsync(CancellationToken abandon)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        Task<int>? reading = null;
        try
        {
            while (_sender.End == SenderEnd.None && GaveUpOn is null)
            {
                _queue.TakeInput();
                bool hasMore = CanWrite && await WriteAsync();
                reading ??= _stream.ReadAsync(_received.AsMemory(_receivedLength), Timeout.InfiniteTimeSpan, ending.Token).AsTask();
                if (!hasMore && !reading.IsCompleted)
                {
                    await WaitAsync(reading);
                }

                abandon.ThrowIfCancellationRequested();
                await TakeWrittenAsync();
                if (reading.IsCompleted)
                {
                    HandleRead(await reading);
                    reading = null;
                }

                ReportEvents();
                Judge();
            }
        }
        finally
        {
            Cancel(ending);
            if (_writing is not null)
            {
                // Nothing else ends a write that a peer does not take.
                _stream.Abort();
                await _writing.ConfigureAwait(Quietly);
            }

            if (reading is not null)
            {
                await ((Task)reading).ConfigureAwait(Quietly);
            }

            ReportEvents();
        }
    }

    /// <summary>Not in a task of its own: the read that ends is awaited right after.</summary>
    private static void Cancel(CancellationTokenSource source) => source.Cancel();

    /// <summary>Writes what is to be said now, without waiting for a peer that does not take it.</summary>
    /// <returns>True where more can be written at once.</returns>
    private async ValueTask<bool> WriteAsync()
    {
        bool hasMore = Compose();
        AwaitOldest();
        if (_outgoing.WrittenCount > 0)
        {
            ValueTask writing = _stream.WriteAsync(_outgoing.WrittenMemory, Timeout.InfiniteTimeSpan, CancellationToken.None);
            if (writing.IsCompletedSuccessfully)
            {
                await writing;
            }
            else
            {
                _writing = writing.AsTask();
            }
        }

        return hasMore && _writing is null;
    }

    private async Task TakeWrittenAsync()
    {
        if (_writing is { IsCompleted: true })
        {
            try
            {
                await _writing;
            }
            catch (CommunicationException)
            {
                // What the peer said before it closed tells more, and the end of reading tells as much.
                _isWriteBroken = true;
            }

            _writing = null;
        }
    }

    /// <summary>Waits for an answer, for something to send, for the writing to end, or until it is time to look or to judge.</summary>
    private async Task WaitAsync(Task<int> reading)
    {
        long dueNs = DueNs(_clock.NowNs);
        Task alarm = _clock.RingAt(dueNs);
        await (_writing is null ? _queue.WaitForInputOrAsync(reading, alarm) : _queue.WaitForInputOrAsync(reading, alarm, _writing));
        if (_clock.StandstillNs(dueNs) is > 0 and long stoodStill)
        {
            _patience.HandleStandstill(stoodStill);
            _answer.HandleStandstill(_clock.NowNs);
        }
    }

    private long DueNs(long nowNs)
    {
        long dueNs = _answer.DeadlineNs ?? long.MaxValue;
        if (_answer.IsLeaving)
        {
            dueNs = Math.Min(dueNs, nowNs + _answer.LookIntervalNs);
        }

        if (_sender.ResumeAtNanoseconds is long resume && (CanWrite || resume > nowNs))
        {
            dueNs = Math.Min(dueNs, Math.Min(resume, _patience.EndsAtNs ?? long.MaxValue));
        }

        return dueNs;
    }

    private void HandleRead(int length)
    {
        if (length == 0)
        {
            _sender.HandleEnded(isOrderly: true);
            return;
        }

        _receivedLength += length;
        var rest = new ReadOnlySequence<byte>(_received, 0, _receivedLength);
        _sender.Read(ref rest, _clock.NowNs);
        rest.CopyTo(_received);
        _receivedLength = (int)rest.Length;
    }

    private void ReportEvents()
    {
        while (_sender.TryTakeEvent(out SenderEvent happened))
        {
            switch (happened.Kind)
            {
                case SenderEventKind.Connected:
                    _patience.HandleHello(isWaiting: _sender.PendingCount > 0);
                    _answer.HandleSettled(_clock.NowNs);
                    break;
                case SenderEventKind.Acknowledged or SenderEventKind.Refused:
                    _patience.HandleSettled();
                    _answer.HandleSettled(_clock.NowNs);
                    break;
                case SenderEventKind.Delayed:
                    _delayedBy = happened.Code!.Value;
                    _patience.HandleDelayed(_clock.NowNs);
                    _answer.HandlePause(_sender.ResumeAtNanoseconds ?? _clock.NowNs);
                    break;
            }

            _queue.Handle(happened);
        }

        AwaitOldest();
    }

    /// <summary>Gives up where that is due, after everything that had arrived was taken.</summary>
    private void Judge()
    {
        long nowNs = _clock.NowNs;
        if (_sender.End != SenderEnd.None)
        {
            return;
        }

        if (_sender.ResumeAtNanoseconds > nowNs && _patience.IsUsedUp(nowNs))
        {
            GaveUpOn = _delayedBy;
            return;
        }

        if (_answer.IsLeaving && (_answer.IsLate(nowNs) || nowNs - _lookedAtNs >= _answer.LookIntervalNs))
        {
            _lookedAtNs = nowNs;
            _answer.HandleLook(_stream.WrittenBytes, _stream.HeldBytes, nowNs);
        }

        if (_answer.IsLate(nowNs))
        {
            if (_answer.IsLeaving)
            {
                // An orderly end would wait for the same peer.
                _stream.Abort();
            }

            string what = _answer.IsLeaving ? "took nothing of what was sent for" : "gave no answer within";
            throw new CommunicationException(
                CommunicationFailure.Timeout,
                $"{_address} {what} {ClientStream.Seconds(_timeout)}; what is not acknowledged is not known to be stored.");
        }
    }

    /// <summary>Says what is owed an answer: the oldest message outstanding, preface or BYE; or else what is still being written.</summary>
    private void AwaitOldest()
    {
        while (_ends.TryPeek(out (long Sequence, long End) first) && first.Sequence <= _sender.State.Acknowledged)
        {
            _ends.Dequeue();
        }

        long end = _ends.TryPeek(out (long Sequence, long End) oldest) ? oldest.End : _unitEnd;
        _answer.Await(_sender.AwaitsAnswer ? end : _writing is null ? null : _composedBytes, _clock.NowNs);
    }

    /// <summary>Puts together what is to be written now.</summary>
    /// <returns>True where more could be sent than fits into one write.</returns>
    private bool Compose()
    {
        _outgoing.ResetWrittenCount();
        ComposeUnits();
        bool hasMore = true;
        while (hasMore && _outgoing.WrittenCount < WriteBytes)
        {
            hasMore = _sender.TryTakeMessage(_clock.NowNs, out OutgoingMessage message);
            if (hasMore)
            {
                ComposeMessage(message);
            }
        }

        // Refusals found while taking are part of the state that follows from them; and with the last message refused it is time for BYE.
        ReportEvents();
        ComposeUnits();
        if (_outgoing.WrittenCount > 0)
        {
            _queue.RememberState();
        }

        _composedBytes += _outgoing.WrittenCount;
        return hasMore;
    }

    private void ComposeUnits()
    {
        while (_sender.TryTakeUnit(_outgoing.GetSpan(ControlUnit.Size)))
        {
            _outgoing.Advance(ControlUnit.Size);
            _unitEnd = _composedBytes + _outgoing.WrittenCount;
        }
    }

    private void ComposeMessage(in OutgoingMessage message)
    {
        ClientUnit.WriteMessage(message.Length, message.Sequence, _outgoing.GetSpan(ControlUnit.Size));
        _outgoing.Advance(ControlUnit.Size);
        _outgoing.Write(_queue.Payload(message.Item).Span);
        if (message.Sequence <= _highestWritten)
        {
            // A rewind: what is sent again is answered for its new copy.
            for (int count = _ends.Count; count > 0; count--)
            {
                (long Sequence, long End) written = _ends.Dequeue();
                if (written.Sequence < message.Sequence)
                {
                    _ends.Enqueue(written);
                }
            }
        }

        _highestWritten = message.Sequence;
        _ends.Enqueue((message.Sequence, _composedBytes + _outgoing.WrittenCount));
    }
}
