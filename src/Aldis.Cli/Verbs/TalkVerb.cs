using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Talk;
using Aldis.Cli.Verbs.Tokens;
using Aldis.Services;
using Aldis.Services.Clients;
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

    private const int MostUnsentShown = 10;

    private const string Explanation = """
        Talk with an exchange server: each line is one message, each message is answered before the next is sent.

        A line is sent without its newline, in pieces of at most 1,024 bytes (--frame-size) cut between characters; empty lines are not
        sent. A reply is complete when as many bytes came as were sent. A peer that answers something else is given 200 ms of quiet to
        end its reply, one that stops in the middle of the same text the whole --timeout. One that answers as HTTP, TLS or messages do is no
        exchange server: exit status 4.

        A server that goes away is noticed at once, also while nothing is under way: exit status 1. Lines that were read by then and not
        sent are shown as such. Where the input has ended too there is nothing more to say, and it is 0.
        """;

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="time">The clock; the system's if left out.</param>
    public static Command Create(VerbContext context, TimeProvider? time = null)
    {
        Argument<string> address = ClientArguments.Address(ExchangeConversation.DefaultPort);
        address.Description += ". A piece is one packet over unix+seqpacket:/path and unix+dgram:/path";
        Option<int?> frameSize = ClientArguments.Size(
            "--frame-size", "BYTES", $"most bytes sent at once; default {MessagePieces.LabLimit}");
        Option<TimeSpan?> timeout = ClientArguments.Timeout("how long to wait for a connection and for each reply; default 10s");
        Option<bool> trace = ClientArguments.Trace();
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        Option<string?> client = TokenOptions.Client();
        var verb = new Command("talk", Explanation) { address, frameSize, timeout, client, trace, json, quiet };
        var tls = new TlsArguments();
        var token = new TokenOptions();
        foreach (Option option in tls.All.Concat(token.All))
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunAsync(call.GetValue(json), events => RunAsync(
            context,
            new TalkSettings(
                tls.Complete(call, call.GetValue(address)!),
                call.GetValue(frameSize) ?? MessagePieces.LabLimit,
                call.GetValue(timeout),
                call.GetValue(client),
                token.Read(call, tls),
                call.GetValue(trace),
                call.GetValue(quiet)),
            time ?? TimeProvider.System,
            events)));
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context, TalkSettings settings, TimeProvider time, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(
            context, settings.Address, ExchangeConversation.DefaultPort, isWithoutEnd: true);
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
            Token = await settings.Token.ReadAsync(context, address),
            AllowsTokenInClear = settings.Token.IsInClear,
            ClientId = settings.Client ?? options.ClientId,
            Trace = trace,
        };
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(address, options, context.Interruption);
        var talk = new Conversation(context, client, events, settings.FrameSize, time);
        bool prompts = context.Console.InputIsTerminal && !settings.IsQuiet;
        if (prompts)
        {
            await context.Console.Error.WriteLineAsync($"connected to {address}; each line is a message, Ctrl-D ends");
        }

        try
        {
            await talk.RunAsync(prompts ? "> " : string.Empty);
        }
        finally
        {
            IReadOnlyList<string> unsent = talk.TakeUnsent();
            // People first: standard output may be what failed.
            await ReportLeftAsync(context.Console.Error, talk.Unanswered, unsent);
            if (!settings.IsQuiet)
            {
                await context.Console.Error.WriteLineAsync($"{talk.Sent} sent, {talk.Replies} answered");
            }

            events?.Write("summary", writer =>
            {
                writer.WriteNumber("sent", talk.Sent);
                writer.WriteNumber("replies", talk.Replies);
                writer.WriteNumber("unsent", unsent.Count);
            });
        }

        return ExitCode.Confirmed;
    }

    /// <summary>Says what was read from the input and got no reply: it is nowhere else any more.</summary>
    private static async Task ReportLeftAsync(TextWriter error, string? unanswered, IReadOnlyList<string> unsent)
    {
        if (unanswered is not null)
        {
            await error.WriteLineAsync($"aldis: not answered: '{unanswered}'; whether it arrived is not known");
        }

        foreach (string line in unsent.Take(MostUnsentShown))
        {
            await error.WriteLineAsync($"aldis: not sent: '{line}'");
        }

        if (unsent.Count > MostUnsentShown)
        {
            await error.WriteLineAsync(
                $"aldis: and {unsent.Count - MostUnsentShown} more lines that were read from the input were not sent.");
        }
    }

    private sealed record TalkSettings(
        string Address, int FrameSize, TimeSpan? Timeout, string? Client, TokenSettings Token, bool IsTraced, bool IsQuiet);
}
