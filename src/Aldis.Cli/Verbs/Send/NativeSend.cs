using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Messages;
using Aldis.Services;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs.Send;

/// <summary><c>aldis send</c>: the native form, each message stored exactly once.</summary>
internal sealed class NativeSend : IDisposable
{
    private readonly VerbContext _context;
    private readonly SendSettings _settings;
    private readonly JsonEvents? _events;
    private readonly TextWriter _people;
    private readonly LiveLine _live;
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
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Address, DefaultPorts.Messages);
        if (settings.SkipTaken && settings.Outbox is null)
        {
            throw new UsageException("--skip-taken needs --outbox: only an outbox on disk knows what it took before.");
        }

        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        using var send = new NativeSend(context, settings, events);
        return await send.RunAsync(address, trace);
    }

    public void Dispose() => _live.Dispose();

    private async Task<int> RunAsync(EndpointAddress address, LiveTrace? trace)
    {
        IOutbox outbox = OpenOutbox();
        long toSkip = _settings.SkipTaken ? outbox.Taken : 0;
        if (_settings.Outbox is not null)
        {
            await _people.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"outbox {_settings.Outbox}: client {outbox.ClientId}, {outbox.Taken} lines taken so far, {outbox.Taken - outbox.State.AcknowledgedItem} to send"));
        }

        await using MessageClient client = MessageClient.Open(address, outbox, Options() with { Trace = trace }, Handle);
        MessageDelivery delivery;
        bool isInterrupted = false;
        UsageException? badInput = null;
        try
        {
            await foreach (ReadOnlyMemory<byte> payload in _settings.ReadPayloadsAsync(_context))
            {
                if (toSkip > 0)
                {
                    toSkip--;
                    continue;
                }

                await client.EnqueueAsync(payload.ToArray(), _context.Interruption);
            }

            delivery = await client.CompleteAsync(_context.Interruption);
        }
        catch (CommunicationException)
        {
            // The client gave up while there was more to say; its result tells why.
            delivery = await client.CompleteAsync(_context.Interruption);
        }
        catch (UsageException exception)
        {
            // What was read before the input failed is sent all the same.
            badInput = exception;
            delivery = await client.CompleteAsync(_context.Interruption);
        }
        catch (OperationCanceledException) when (_context.Interruption.IsCancellationRequested)
        {
            isInterrupted = true;
            delivery = await client.CompleteAsync(_context.Interruption);
        }

        _live.Clear();
        Report(delivery, outbox.Taken);
        if (isInterrupted || _context.Interruption.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        int judgement = Judge(delivery);
        return badInput is null ? judgement : _context.Report(_events, ExitCode.UsageOrLocalError, badInput.Message);
    }

    private MessageClientOptions Options()
    {
        var options = new MessageClientOptions();
        return options with
        {
            ConnectTimeout = _settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = _settings.Timeout ?? options.AnswerTimeout,
            RetryFor = _settings.Retry ?? options.RetryFor,

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
        catch (Exception exception) when (exception is OutboxException or IOException)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Shows what happens; called by the client's loop.</summary>
    private void Handle(MessageClientEvent happened)
    {
        switch (happened.Kind)
        {
            case MessageClientEventKind.Connected:
                _events?.Write("connected", writer =>
                {
                    writer.WriteNumber("last", happened.First);
                    writer.WriteString("level", happened.Detail);
                });
                break;
            case MessageClientEventKind.Acknowledged:
                _acknowledged += happened.Last - happened.First + 1;
                _live.Show(() => $"{Quantity.Count(_acknowledged)} acknowledged");
                _events?.Write("acknowledged", writer =>
                {
                    writer.WriteNumber("first", happened.First);
                    writer.WriteNumber("last", happened.Last);
                });
                break;
            case MessageClientEventKind.Duplicate:
                _events?.Write("duplicate", writer => writer.WriteNumber("seq", happened.Last));
                break;
            case MessageClientEventKind.Lost:
                Say($"warning: the server has lost what it had acknowledged: numbers {happened.First} to {happened.Last}. Was its data directory replaced?");
                _events?.Write("lost", writer =>
                {
                    writer.WriteNumber("first", happened.First);
                    writer.WriteNumber("last", happened.Last);
                });
                break;
            default:
                Say(happened.Kind == MessageClientEventKind.Delayed
                    ? $"the server takes nothing now ({happened.Detail}); trying again"
                    : happened.Detail ?? string.Empty);
                _events?.Write(happened.Kind.ToString().ToLowerInvariant(), writer => writer.WriteString("reason", happened.Detail));
                break;
        }
    }

    private void Say(string sentence)
    {
        _live.Clear();
        _people.WriteLine("aldis: " + sentence);
    }

    private void Report(MessageDelivery delivery, long taken)
    {
        double rate = delivery.Acknowledged / Math.Max(delivery.Elapsed.TotalSeconds, 1e-9);
        _events?.Write("summary", writer =>
        {
            writer.WriteNumber("sent", delivery.Offered);
            writer.WriteNumber("acknowledged", delivery.Acknowledged);
            writer.WriteNumber("duplicates", delivery.Duplicates);
            writer.WriteNumber("refused", delivery.Refused);
            writer.WriteNumber("lost", delivery.Lost);
            writer.WriteNumber("taken", taken);
            writer.WriteNumber("seconds", delivery.Elapsed.TotalSeconds);
            writer.WriteNumber("rate", Math.Round(rate, 1));
        });
        string pace = delivery.Acknowledged > 1 ? $" ({Quantity.Count(rate)}/s)" : string.Empty;
        string duplicates = delivery.Duplicates > 0 ? $", {delivery.Duplicates} duplicates recognised" : string.Empty;
        string refused = delivery.Refused > 0 ? $", {delivery.Refused} refused" : string.Empty;
        _people.WriteLine(
            $"{delivery.Offered} sent, {delivery.Acknowledged} acknowledged{duplicates}{refused} in {Quantity.Duration(delivery.Elapsed)}{pace}");
        if (delivery.Unacknowledged > 0 && _settings.Outbox is not null)
        {
            string next = delivery.End is SenderEnd.Conflict or SenderEnd.Forgotten
                ? "compare them with what 'aldis log' shows, and send what is missing from a new outbox"
                : "the same command sends them";
            _people.WriteLine($"{delivery.Unacknowledged} wait in the outbox {_settings.Outbox}; {next}.");
        }
    }

    private int Judge(MessageDelivery delivery)
    {
        if (delivery.Failure is not null)
        {
            int code = delivery.Failure.Failure != CommunicationFailure.Refused && delivery.Acknowledged > 0
                ? ExitCode.PartlyConfirmed
                : ExitCode.Of(delivery.Failure.Failure);
            return _context.Report(_events, code, delivery.Failure.Message);
        }

        if (delivery.Refused > 0)
        {
            return delivery.Acknowledged > 0 ? ExitCode.PartlyConfirmed : ExitCode.Refused;
        }

        return delivery.Lost > 0 || delivery.Unacknowledged > 0 || delivery.End != SenderEnd.Completed
            ? ExitCode.PartlyConfirmed
            : ExitCode.Confirmed;
    }
}
