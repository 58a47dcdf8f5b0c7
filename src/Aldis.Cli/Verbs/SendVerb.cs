using System.CommandLine;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Services;
using Aldis.Services.Messages;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis send</c>: messages, each acknowledged.</summary>
internal static class SendVerb
{
    public const string Examples = """
        Examples:
          aldis send --plain 127.0.0.1:9999 'pump 7 is running'           one message
          aldis send --plain 127.0.0.1:9999 one 'number two' three        three messages
          journalctl -f | aldis send --plain 127.0.0.1:9999               one message per line of stdin
          aldis send --plain 127.0.0.1:9999 - < readings.txt              the same, said explicitly
        """;

    private const string Explanation = """
        Send messages to a messages server and wait for each acknowledgement before the next is sent.

        The plain form is a 64-byte header with the length, then the text. It has no identity: after a failure nobody knows whether the
        last message was taken. A line of stdin is a message without its newline; an empty one too.
        """;

    public static Command Create(VerbContext context)
    {
        Argument<string> address = ClientArguments.Address(DefaultPorts.Messages);
        var texts = new Argument<string[]>("TEXT")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "each is one message; '-' or nothing reads lines from stdin",
        };
        var plain = new Option<bool>("--plain") { Description = "speak the plain form, which every messages server knows" };
        Option<TimeSpan?> timeout = ClientArguments.Timeout("how long to wait for a connection and for each acknowledgement; default 10s");
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("send", Explanation) { address, texts, plain, timeout, json, quiet };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events => RunAsync(
            context,
            new SendSettings(
                call.GetValue(address)!,
                call.GetValue(texts) ?? [],
                call.GetValue(plain),
                call.GetValue(timeout),
                call.GetValue(quiet)),
            events)));
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context, SendSettings settings, JsonEvents? events)
    {
        if (!settings.IsPlain)
        {
            throw new UsageException("only the plain form of messages can be sent: add --plain.");
        }

        if (settings.Texts.Any(text => PlainMessagesClient.IsControl(Encoding.UTF8.GetBytes(text))))
        {
            throw ControlText();
        }

        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Address, DefaultPorts.Messages);
        var options = new ClientOptions();
        options = options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
        };
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(address, options, context.Interruption);
        var delivery = new Delivery(client, events);
        try
        {
            await foreach (ReadOnlyMemory<byte> payload in ReadPayloadsAsync(context, settings.Texts))
            {
                await delivery.SendAsync(payload, context.Interruption);
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

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPayloadsAsync(
        VerbContext context, string[] texts, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (texts is not ([] or ["-"]))
        {
            foreach (string text in texts)
            {
                context.Interruption.ThrowIfCancellationRequested();
                yield return Encoding.UTF8.GetBytes(text);
            }

            yield break;
        }

        var lines = new InputLines(context.Console.Input);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.Interruption, cancellationToken);
        while (await lines.ReadAsync(either.Token) is { } line)
        {
            yield return PlainMessagesClient.IsControl(line.Span) ? throw ControlText() : line;
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

    private sealed record SendSettings(string Address, string[] Texts, bool IsPlain, TimeSpan? Timeout, bool IsQuiet);

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
                writer.WriteNumber("seq", Acknowledged - 1);
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
