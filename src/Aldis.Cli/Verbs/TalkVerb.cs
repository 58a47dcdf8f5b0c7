using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;
using Aldis.Services;
using Aldis.Services.Exchange;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis talk</c>: lines in, replies out, in lock step.</summary>
internal static class TalkVerb
{
    public const string Examples = """
        Examples:
          aldis talk 127.0.0.1:8888                            say something, see it answered; Ctrl-D ends
          printf 'one\ntwo\n' | aldis talk 127.0.0.1:8888      one reply per line on stdout
          aldis talk 127.0.0.1:8000 --frame-size 16            to an ack server, 16 bytes at a time
          aldis talk 'arq://127.0.0.1:8888?mode=stop-and-wait' --trace     over UDP, each frame shown
          aldis talk unix:/run/exchange.sock --timeout 2s      over a Unix socket, impatiently
        """;

    private const string Explanation = """
        Talk with an exchange server: each line is one message, each message is answered before the next is sent.

        A line is sent without its newline, in pieces of at most 1,024 bytes (--frame-size) cut between characters; empty lines are not
        sent. A reply is complete when as many bytes came as were sent. A peer that answers something else is given 200 ms of quiet to
        end its reply, one that stops in the middle of the same text the whole --timeout.
        """;

    public static Command Create(VerbContext context)
    {
        Argument<string> address = ClientArguments.Address(DefaultPorts.Exchange);
        Option<int?> frameSize = ClientArguments.Size(
            "--frame-size", "BYTES", $"most bytes sent at once; default {MessagePieces.LabLimit}");
        Option<TimeSpan?> timeout = ClientArguments.Timeout("how long to wait for a connection and for each reply; default 10s");
        Option<bool> trace = ClientArguments.Trace();
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("talk", Explanation) { address, frameSize, timeout, trace, json, quiet };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events => RunAsync(
            context,
            new TalkSettings(
                call.GetValue(address)!,
                call.GetValue(frameSize) ?? MessagePieces.LabLimit,
                call.GetValue(timeout),
                call.GetValue(trace),
                call.GetValue(quiet)),
            events)));
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context, TalkSettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Address, DefaultPorts.Exchange);
        if (settings.FrameSize < 1)
        {
            throw new UsageException("--frame-size is at least 1.");
        }

        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var options = new ExchangeClientOptions();
        options = options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
            Trace = trace,
        };
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(address, options, context.Interruption);
        var talk = new Conversation(context.Console, client, events);
        try
        {
            await TalkAsync(context, settings, address, talk);
        }
        finally
        {
            events?.Write("summary", writer =>
            {
                writer.WriteNumber("sent", talk.Sent);
                writer.WriteNumber("replies", talk.Replies);
            });
            if (!settings.IsQuiet)
            {
                await context.Console.Error.WriteLineAsync($"{talk.Sent} sent, {talk.Replies} answered");
            }
        }

        return ExitCode.Confirmed;
    }

    private static async Task TalkAsync(VerbContext context, TalkSettings settings, EndpointAddress address, Conversation talk)
    {
        var lines = new InputLines(context.Console.Input);
        bool prompts = context.Console.InputIsTerminal && !settings.IsQuiet;
        if (prompts)
        {
            await context.Console.Error.WriteLineAsync($"connected to {address}; each line is a message, Ctrl-D ends");
        }

        while (true)
        {
            if (prompts)
            {
                await context.Console.Error.WriteAsync("> ");
            }

            if (await lines.ReadAsync(context.Interruption) is not { } line)
            {
                break;
            }

            while (!line.IsEmpty)
            {
                int length = MessagePieces.NextLength(line.Span, settings.FrameSize);
                await talk.SayAsync(line[..length], context.Interruption);
                line = line[length..];
            }
        }

        if (prompts)
        {
            await context.Console.Error.WriteLineAsync();
        }
    }

    private sealed record TalkSettings(string Address, int FrameSize, TimeSpan? Timeout, bool IsTraced, bool IsQuiet);

    /// <summary>Sends pieces, prints replies and counts both.</summary>
    private sealed class Conversation(CommandConsole console, ExchangeClient client, JsonEvents? events)
    {
        public long Sent { get; private set; }

        public long Replies { get; private set; }

        public async Task SayAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
        {
            long start = Stopwatch.GetTimestamp();
            Sent++;
            ReadOnlyMemory<byte> reply = await client.ExchangeAsync(piece, cancellationToken);
            TimeSpan roundTrip = Stopwatch.GetElapsedTime(start);
            Replies++;
            if (events is not null)
            {
                events.Write("reply", writer =>
                {
                    writer.WriteNumber("seq", Replies - 1);
                    writer.WriteNumber("sent", piece.Length);
                    writer.WriteNumber("length", reply.Length);
                    writer.WriteNumber("rtt_ns", (long)roundTrip.TotalNanoseconds);
                });
                return;
            }

            // A terminal must not obey a peer; a file or a pipe gets the bytes as they came.
            DataOutput.WriteLine(
                console.Output,
                console.OutputIsTerminal ? Encoding.UTF8.GetBytes(PrintableText.Escape(Encoding.UTF8.GetString(reply.Span))) : reply.Span);
        }
    }
}
