using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Send;
using Aldis.Cli.Verbs.Tokens;
using Aldis.Protocols.Text;
using Aldis.Services.Messages;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis send</c>: messages, each acknowledged.</summary>
internal static class SendVerb
{
    public const string Examples = """
        Examples:
          aldis send 127.0.0.1:9999 'pump 7 is running'                   one message, stored exactly once
          journalctl -f | aldis send --outbox ./outbox 127.0.0.1:9999     a message per line; survives a kill of either side
          aldis send --outbox ./outbox --skip-taken host:9999 < big.txt   go on with the same input where it was killed
          aldis send arq://127.0.0.1:9999 'pump 7 is running' --trace     over UDP, each frame shown
          aldis send --plain 127.0.0.1:9999 'pump 7 is running'           the plain form, lock-step
        """;

    private const string Explanation = """
        Send messages to a messages server; each is acknowledged when it has reached the server's level.

        The native form numbers the messages of a client, so that each is stored once however often the connection breaks. Without an outbox
        the client id is random and what is not acknowledged ends with the process; with one, a line is safe as soon as the outbox has it.
        The outbox is the user's alone (0700, files 0600). Where its disk is full, what it took is delivered, which makes room; what finds none
        is counted, and the exit status is 2. --skip-taken expects the input the outbox took its lines from; of another it sends nothing (2).
        The plain form has no identity: after a failure nobody knows whether the last message was taken. A line of stdin is a message
        without its newline; an empty one too. A text that begins with a dash stands behind two: aldis send HOST -- -5.2.

        Patience: --timeout bounds how long one connection may owe an answer, --retry how long there may be no server that takes anything.
        The time-out counts from when the last byte of the oldest unanswered message has left this machine, whatever else is being sent; as
        long as its bytes move it is not late. The retry time counts from when there was no usable connection any more, or the server began
        to say busy or disk-full; it ends with the next acknowledgement. A connection that ends without one does not interrupt it, and one
        that is within its time-out is not cut by it. Conflict, a client id that another connection took over, and a server of another kind
        end at once. What was read goes to the outbox before the command ends, however it ends.

        Exit status: 0 the input has ended and everything is acknowledged; 6 given up, or something refused, after some was acknowledged;
        2 the outbox failed or took no more, or the input is not the one it knows; else 1 no connection, 3 silence, 4 refused, busy or disk
        full, 7 a token or TLS; 130 or 143 interrupted.
        """;

    public static Command Create(VerbContext context)
    {
        Argument<string> address = ClientArguments.Address(MessagesConversation.DefaultPort);
        var texts = new Argument<string[]>(ClientArguments.PayloadName)
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "each is one message; '-' or nothing reads lines from stdin",
        };
        var plain = new Option<bool>("--plain") { Description = "speak the plain form, which every messages server knows" };
        var client = new Option<string?>("--client") { HelpName = "ID", Description = "the client id: 1 to 32 of A-Z a-z 0-9 . _ -" };
        var outbox = new Option<string?>("--outbox") { HelpName = "DIR", Description = "keep what is not acknowledged in DIR, across kills" };
        var skipTaken = new Option<bool>("--skip-taken") { Description = "skip the messages of the input that the outbox took before" };
        Option<TimeSpan?> retry = ClientArguments.Retry(
            "how long there may be no server that takes anything; default 10s once connected, 0s tries once, 'forever' never gives up");
        Option<TimeSpan?> timeout = ClientArguments.Timeout(
            "how long to wait for a connection, and for each answer once what it answers has left this machine; default 10s");
        Option<bool> trace = ClientArguments.Trace();
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("send", Explanation) { address, texts, client, outbox, skipTaken, retry, plain, timeout, trace, json, quiet };
        var tls = new TlsArguments();
        var token = new TokenOptions();
        foreach (Option option in tls.All.Concat(token.All))
        {
            verb.Options.Add(option);
        }

        verb.Validators.Add(call =>
        {
            if (call.GetValue(texts) is { Length: > 1 } several && several.Contains("-"))
            {
                call.AddError("'-' reads lines from standard input, and goes without other texts.");
            }

            if (call.GetValue(plain) && (call.GetValue(client) is not null || call.GetValue(outbox) is not null))
            {
                call.AddError("--plain has no identity: it goes without --client and --outbox.");
            }

            if (call.GetValue(plain) && token.IsGiven(call))
            {
                call.AddError($"--plain shows no token: it goes without {TokenOptions.FileOption}.");
            }
        });
        verb.SetAction(call => context.RunAsync(call.GetValue(json), carriesPayload: true, body: events =>
        {
            var settings = new SendSettings
            {
                Address = tls.Complete(call, call.GetValue(address)!),
                Texts = call.GetValue(texts) ?? [],
                IsPlain = call.GetValue(plain),
                Client = call.GetValue(client),
                Token = token.Read(call, tls),
                Outbox = call.GetValue(outbox),
                SkipTaken = call.GetValue(skipTaken),
                Retry = call.GetValue(retry),
                Timeout = call.GetValue(timeout),
                IsTraced = call.GetValue(trace),
                IsQuiet = call.GetValue(quiet),
            };
            return settings.IsPlain ? PlainSend.RunAsync(context, settings, events) : NativeSend.RunAsync(context, settings, events);
        }));
        return verb;
    }
}
