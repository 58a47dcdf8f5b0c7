using System.Diagnostics;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;
using Aldis.Services;
using Aldis.Services.Messages;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Send;

/// <summary><c>aldis send --plain</c>: lock-step, without identity.</summary>
internal static class PlainSend
{
    public static async Task<int> RunAsync(VerbContext context, SendSettings settings, JsonEvents? events)
    {
        if (settings.Texts.Any(text => PlainMessagesClient.IsControl(ArgumentText.Encode(text))))
        {
            throw ControlText();
        }

        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Address, MessagesConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var options = new ClientOptions();
        options = options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
            Trace = trace,
        };
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(address, options, context.Interruption);
        var delivery = new Delivery(client, events);
        try
        {
            var input = new SendInput(context, settings.Texts);
            input.Prompt(settings.IsQuiet ? TextWriter.Null : context.Console.Error);
            await foreach (ReadOnlyMemory<byte> payload in input.ReadAllAsync(context.Interruption))
            {
                await delivery.SendAsync(PlainMessagesClient.IsControl(payload.Span) ? throw ControlText() : payload, context.Interruption);
            }

            await DisconnectAsync(context, client);
            return ExitCode.Confirmed;
        }
        catch (CommunicationException exception) when (delivery.Acknowledged > 0)
        {
            return context.Report(events, ExitCode.PartlyConfirmed, exception.Message);
        }
        finally
        {
            delivery.Report(settings.IsQuiet ? TextWriter.Null : context.Console.Error);
        }
    }

    private static async Task DisconnectAsync(VerbContext context, PlainMessagesClient client)
    {
        try
        {
            await client.DisconnectAsync(context.Interruption);
        }
        catch (CommunicationException exception)
        {
            // Every message was acknowledged; a peer that does not answer the farewell takes nothing of that back.
            await context.Console.Error.WriteLineAsync(
                $"aldis: warning: the end of the conversation was not answered: {exception.Message}");
        }
    }

    private static UsageException ControlText() =>
        new("'Disconnect !' is the control text that ends a plain conversation; it cannot be sent as a message.");

    /// <summary>Sends messages and keeps count.</summary>
    private sealed class Delivery(PlainMessagesClient client, JsonEvents? events)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _sent;

        public long Acknowledged { get; private set; }

        public async Task SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
        {
            long start = Stopwatch.GetTimestamp();
            _sent++;
            await client.SendAsync(payload, cancellationToken);
            Acknowledged++;
            events?.Write("acknowledged", writer =>
            {
                writer.WriteNumber("first", Acknowledged);
                writer.WriteNumber("last", Acknowledged);
                writer.WriteNumber("length", payload.Length);
                writer.WriteNumber("rtt_ns", (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            });
        }

        public void Report(TextWriter people)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
            double rate = Acknowledged / elapsed.TotalSeconds;
            events?.Write("summary", writer =>
            {
                writer.WriteNumber("sent", _sent);
                writer.WriteNumber("acknowledged", Acknowledged);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WriteNumber("rate", Math.Round(rate, 1));
            });
            string pace = Acknowledged > 1 ? $" ({Quantity.Count(rate)}/s)" : string.Empty;
            people.WriteLine($"{_sent} sent, {Acknowledged} acknowledged in {Quantity.Duration(elapsed)}{pace}");
        }
    }
}
