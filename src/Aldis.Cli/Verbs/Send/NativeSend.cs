using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Send;

/// <summary><c>aldis send</c>: the native form, each message stored exactly once.</summary>
internal sealed class NativeSend : IDisposable
{
    /// <summary>How long a read that was stopped is waited for: what it brings has left the input for good.</summary>
    private static readonly TimeSpan PendingReadFor = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the input is read on after the client has ended.</summary>
    private static readonly TimeSpan ReadOnFor = TimeSpan.FromSeconds(1);

    private readonly VerbContext _context;
    private readonly SendSettings _settings;
    private readonly JsonEvents? _events;
    private readonly TextWriter _people;
    private readonly LiveLine _live;
    private readonly RetryNews _news = new();
    private long _acknowledged;

    private NativeSend(VerbContext context, SendSettings settings, JsonEvents? events)
    {
        _context = context;
        _settings = settings;
        _events = events;
        _people = settings.IsQuiet ? TextWriter.Null : context.Console.Error;
        _live = new LiveLine(context.Console, settings.IsQuiet || settings.IsTraced);
    }

    public static async Task<int> RunAsync(VerbContext context, SendSettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Address, MessagesConversation.DefaultPort);
        if (settings.SkipTaken && settings.Outbox is null)
        {
            throw new UsageException("--skip-taken needs --outbox: only an outbox on disk knows what it took before.");
        }

        string token = await settings.Token.ReadAsync(context, address);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        using var send = new NativeSend(context, settings, events);
        return await send.RunAsync(address, token, trace);
    }

    public void Dispose() => _live.Dispose();

    private async Task<int> RunAsync(EndpointAddress address, string token, LiveTrace? trace)
    {
        IOutbox outbox = OpenOutbox();
        TakenLines taken = _settings.SkipTaken ? new(_settings.Outbox, outbox.Taken, outbox.Digest) : new(null, 0, null);
        if (_settings.Outbox is not null)
        {
            await _people.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"outbox {_settings.Outbox}: client {outbox.ClientId}, {outbox.Taken} lines taken so far, {outbox.Taken - outbox.State.AcknowledgedItem} to send"));
        }

        await using MessagesClient client = MessagesClient.Open(address, outbox, Options() with { Token = token, Trace = trace }, Handle);
        var input = new SendInput(_context, _settings.Texts);
        input.Prompt(_people);
        ReadOnlyMemory<byte>? inHand = null;
        bool isInterrupted = false;
        string? fault = null;
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(_context.Interruption, client.Ended);
        try
        {
            while (taken.Fault is null && await input.ReadAsync(reading.Token) is { } payload)
            {
                if (!taken.TrySkip(payload.Span))
                {
                    inHand = payload;
                    await client.EnqueueAsync(payload.ToArray(), _context.Interruption);
                    inHand = null;
                }
            }

            fault = taken.FaultAtEnd();
        }
        catch (UsageException exception)
        {
            // What was read before the input failed is sent all the same.
            fault = exception.Message;
        }
        catch (Exception exception) when (exception is CommunicationException or OutboxException or OperationCanceledException)
        {
            // The client gave up while there was more to say, and its result tells why; or the user did.
            isInterrupted = _context.Interruption.IsCancellationRequested;
        }

        MessageDelivery delivery = await client.CompleteAsync(_context.Interruption);
        if (fault is null)
        {
            (delivery, fault) = await KeepAsync(input, inHand, taken, outbox, delivery);
        }

        _live.Clear();
        SayIfAny(_news.GivenUp());
        Report(delivery, outbox.Taken, taken.Skipped);
        fault = string.Join(' ', new[] { fault, Describe(delivery) }.OfType<string>());
        if (fault.Length > 0)
        {
            if (delivery.Failure is { } failure)
            {
                Say(failure.Message);
            }

            return _context.Report(_events, ExitCode.UsageOrLocalError, fault);
        }

        if (input.HasEnded && SenderEnds.AllowsReconnect(delivery.End) && delivery is { Acknowledged: > 0, Unacknowledged: 0 })
        {
            // The server went while there might have been more to say, and then there was not.
            delivery = delivery with { Failure = null };
        }

        return isInterrupted || _context.Interruption.IsCancellationRequested ? ExitCode.Interrupted : Judge(delivery);
    }

    /// <summary>
    /// Keeps what was read and is the client's no more, because it gave up, was turned away or was interrupted: in the outbox where that is
    /// on disk. The input is then read on for a moment, so that a short one is there whole.
    /// </summary>
    /// <param name="input">The input.</param>
    /// <param name="inHand">What the client did not take, valid until more is read.</param>
    /// <param name="taken">What is to be left out because the outbox has it.</param>
    /// <param name="outbox">The outbox, which the client uses no more.</param>
    /// <param name="delivery">What became of the messages of the client.</param>
    /// <returns>What became of all of them, and why the input is not the one to go on with, if so.</returns>
    private async Task<(MessageDelivery Delivery, string? Fault)> KeepAsync(
        SendInput input, ReadOnlyMemory<byte>? inHand, TakenLines taken, IOutbox outbox, MessageDelivery delivery)
    {
        var rest = new RestOfInput(taken, _settings.Outbox is null ? null : outbox, delivery.OutboxFailure);
        if (inHand is { } first)
        {
            rest.Keep(first);
        }

        await input.TakePendingAsync(PendingReadFor);
        while (input.TryReadHeld(out ReadOnlyMemory<byte> held))
        {
            rest.Keep(held);
        }

        using var moment = CancellationTokenSource.CreateLinkedTokenSource(_context.Interruption);
        moment.CancelAfter(ReadOnFor);
        try
        {
            while (!rest.IsOver && !input.HasEnded && await input.ReadAsync(moment.Token) is { } payload)
            {
                rest.Keep(payload);
            }
        }
        catch (OperationCanceledException)
        {
            string unfinished = input.UnfinishedBytes > 0
                ? $"; {input.UnfinishedBytes} bytes of a line without its end were read and are not kept"
                : string.Empty;
            Say($"the input was not read to its end{unfinished}");
        }

        rest.Sync();
        delivery = delivery with
        {
            Offered = delivery.Offered + rest.Kept,
            NeverSent = delivery.NeverSent + rest.Kept,
            NotTaken = delivery.NotTaken + rest.NotTaken,
            OutboxFailure = rest.Failure,
        };
        return (delivery, input.HasEnded ? taken.FaultAtEnd() : taken.Fault);
    }

    /// <summary>Why the outbox did not take everything; null if it did.</summary>
    private static string? Describe(MessageDelivery delivery) => delivery.OutboxFailure is null
        ? null
        : delivery.OutboxFailure.Message + (delivery.NotTaken > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" Messages that were read and are not in it: {delivery.NotTaken}. Make room and send them again.")
            : string.Empty);

    private MessagesClientOptions Options()
    {
        var options = new MessagesClientOptions();
        return options with
        {
            ConnectTimeout = _settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = _settings.Timeout ?? options.AnswerTimeout,
            RetryFor = _settings.Retry ?? options.RetryFor,
            AllowsTokenInClear = _settings.Token.IsInClear,

            // Whoever keeps an outbox, or asks for it, means to get through even if the server comes later.
            RetryFirstConnection = _settings.Retry is not null || _settings.Outbox is not null,
        };
    }

    private IOutbox OpenOutbox()
    {
        try
        {
            return _settings.Outbox is null
                ? new MemoryOutbox(_settings.Client)
                : FileOutbox.Open(new OutboxOptions { Directory = _settings.Outbox, ClientId = _settings.Client });
        }
        catch (OutboxException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Shows what happens; called by the client's loop.</summary>
    private void Handle(MessagesClientEvent happened)
    {
        switch (happened.Kind)
        {
            case MessagesClientEventKind.Connected:
                SayIfAny(_news.Connected());
                _events?.Write("connected", writer =>
                {
                    writer.WriteNumber("last", happened.First);
                    writer.WriteString("level", happened.Detail);
                });
                break;
            case MessagesClientEventKind.Acknowledged:
                SayIfAny(_news.Acknowledged());
                _acknowledged += happened.Last - happened.First + 1;
                _live.Show(() => $"{Quantity.Count(_acknowledged)} acknowledged");
                _events?.Write("acknowledged", writer =>
                {
                    writer.WriteNumber("first", happened.First);
                    writer.WriteNumber("last", happened.Last);
                });
                break;
            case MessagesClientEventKind.Duplicate:
                _events?.Write("duplicate", writer => writer.WriteNumber("seq", happened.Last));
                break;
            case MessagesClientEventKind.OutboxFull:
                Say($"{happened.Detail} What was read waits until what is settled makes room.");
                _events?.Write("outbox-full", writer => writer.WriteString("reason", happened.Detail));
                break;
            case MessagesClientEventKind.Lost or MessagesClientEventKind.ClientUnknown:
                Say(happened.Kind == MessagesClientEventKind.Lost
                    ? $"warning: the server has lost what it had acknowledged: numbers {happened.First} to {happened.Last}. Was its data directory replaced?"
                    : $"warning: the server knows nothing of this client any more, of which it had acknowledged number {happened.Last}: it was "
                        + "forgotten there after it had stayed away, or the data directory is a new one. Numbers begin at 1 again.");
                _events?.Write(KebabName.Of(happened.Kind), writer =>
                {
                    writer.WriteNumber("first", happened.First);
                    writer.WriteNumber("last", happened.Last);
                });
                break;
            case MessagesClientEventKind.Reconnecting or MessagesClientEventKind.Delayed:
                SayTry(happened);
                _events?.Write(KebabName.Of(happened.Kind), writer => writer.WriteString("reason", happened.Detail));
                break;
            default:
                Say(happened.Detail ?? string.Empty);
                _events?.Write(KebabName.Of(happened.Kind), writer => writer.WriteString("reason", happened.Detail));
                break;
        }
    }

    private void SayTry(MessagesClientEvent happened)
    {
        string sentence = happened.Kind == MessagesClientEventKind.Delayed
            ? $"the server takes nothing now ({happened.Detail}); trying again"
            : happened.Detail ?? string.Empty;
        if (_news.IsNews(happened.Kind))
        {
            Say(sentence);
        }
        else
        {
            _live.Show(() => string.Create(CultureInfo.InvariantCulture, $"tried {_news.Tries} times"));
        }
    }

    private void SayIfAny(string? sentence)
    {
        if (sentence is not null)
        {
            Say(sentence);
        }
    }

    private void Say(string sentence)
    {
        _live.Clear();
        _people.WriteLine("aldis: " + sentence);
    }

    private void Report(MessageDelivery delivery, long taken, long skipped)
    {
        double rate = delivery.Acknowledged / Math.Max(delivery.Elapsed.TotalSeconds, 1e-9);
        _events?.Write("summary", writer =>
        {
            writer.WriteNumber("sent", delivery.Offered);
            writer.WriteNumber("acknowledged", delivery.Acknowledged);
            writer.WriteNumber("duplicates", delivery.Duplicates);
            writer.WriteNumber("refused", delivery.Refused);
            writer.WriteNumber("lost", delivery.Lost);
            writer.WriteNumber("unknown", delivery.Unknown);
            writer.WriteNumber("unacknowledged", delivery.Unacknowledged);
            writer.WriteNumber("taken", taken);
            writer.WriteNumber("skipped", skipped);
            writer.WriteNumber("not_taken", delivery.NotTaken);
            writer.WriteNumber("seconds", delivery.Elapsed.TotalSeconds);
            writer.WriteNumber("rate", Math.Round(rate, 1));
        });
        string pace = delivery.Acknowledged > 1 ? $" ({Quantity.Count(rate)}/s)" : string.Empty;
        string duplicates = delivery.Duplicates > 0 ? $", {delivery.Duplicates} duplicates recognised" : string.Empty;
        string refused = delivery.Refused > 0 ? $", {delivery.Refused} refused" : string.Empty;
        _people.WriteLine(
            $"{delivery.Offered} sent, {delivery.Acknowledged} acknowledged{duplicates}{refused} in {Quantity.Duration(delivery.Elapsed)}{pace}");
        if (_settings.SkipTaken)
        {
            _people.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{skipped} messages of the input skipped: the outbox took them before."));
        }

        if (delivery.Unacknowledged > 0 && _settings.Outbox is not null)
        {
            string next = delivery.End is SenderEnd.Conflict or SenderEnd.Forgotten
                ? "compare them with what 'aldis log' shows, and send what is missing from a new outbox"
                : "the same command sends them";
            _people.WriteLine($"{delivery.Unacknowledged} wait in the outbox {_settings.Outbox}; {next}.");
        }
        else if (delivery.Unacknowledged > 0)
        {
            _people.WriteLine(
                $"{delivery.Unacknowledged} not acknowledged: {delivery.Unacknowledged - delivery.NeverSent} were sent and may be stored, "
                + $"{delivery.NeverSent} were not sent.");
        }
    }

    private int Judge(MessageDelivery delivery)
    {
        if (delivery.Failure is { } failure)
        {
            // An end that does not come back is a refusal, whatever was acknowledged before.
            bool gaveUp = SenderEnds.AllowsReconnect(delivery.End);
            int code = gaveUp && delivery.Acknowledged > 0 ? ExitCode.PartlyConfirmed : ExitCode.Of(failure.Failure);
            return _context.Report(_events, code, failure.Message);
        }

        if (delivery.Refused > 0 && delivery.Acknowledged == 0 && delivery.Lost + delivery.Unknown == 0)
        {
            return ExitCode.Refused;
        }

        return delivery.Refused + delivery.Lost + delivery.Unknown + delivery.Unacknowledged > 0
            ? ExitCode.PartlyConfirmed
            : ExitCode.Confirmed;
    }
}
