using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Tokens;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Text;
using Aldis.Services.Echo;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis echo</c>: messages to an echo server and back, with their round-trip times.</summary>
internal static class EchoVerb
{
    public const string Examples = """
        Examples:
          aldis echo 127.0.0.1:12345 'Hello, world'                  one message and its reply
          aldis echo 127.0.0.1:12345 -c 1000                         1,000 round trips of 32 bytes, with percentiles
          aldis echo udp://127.0.0.1:12345 -c 100 -i 10ms            loss, duplicates and reordering of datagrams
          aldis echo 127.0.0.1:12345 -c 0 -s 64K --connections 8     load until interrupted
          aldis echo 127.0.0.1:12345 -c 100 --json                   one JSON object per reply, and a summary
        """;

    private const string Explanation = """
        Send messages to an echo server, compare what comes back, and measure the round trips.

        Without --interval the next message is sent when the last was answered. With it the schedule is fixed, and a round trip counts
        from the time it was meant to be sent: a server that stalls delays the messages behind it too, and that waiting belongs to the
        measurement (leaving it out is known as coordinated omission).
        Datagrams of 16 bytes and more carry a number, so that loss, duplicates and reordering show; shorter ones, and TEXT, are sent
        one after the other.
        """;

    public static Command Create(VerbContext context)
    {
        Argument<string> address = ClientArguments.Address(EchoConversation.DefaultPort);
        address.Description = "host:port, tcp://…, tls://…, arq://…, arq+tls://…, udp://…, unix:/path, unix+seqpacket:/path or "
            + "unix+dgram:/path; "
            + $"port {EchoConversation.DefaultPort} if left out. {ClientArguments.Trust}";
        var text = new Argument<string?>(ClientArguments.PayloadName)
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "what to send, once unless --count says otherwise; each reply is printed on stdout",
        };
        Option<long?> count = TypedOption.Whole(
            "--count", "N", "round trips on each connection, 0 until interrupted; default 10, with TEXT 1", 0L, "-c");
        Option<TimeSpan?> interval = ClientArguments.Duration(
            "--interval", "TIME", "time between two sends; default 0: the next when the last was answered", "-i");
        Option<int?> size = ClientArguments.Size(
            "--size", "BYTES", $"size of each message; default 32; datagrams at most {DatagramLimits.MaxPayload}", "-s");
        Option<int?> connections = TypedOption.Whole(
            "--connections", "N", "this many connections at once, default 1; with more than one, --json prints the summary alone", 1);
        Option<TimeSpan?> timeout = ClientArguments.Timeout(
            "how long to wait for a connection and for each reply; default 10s, for replies to datagrams 1s");
        Option<bool> trace = ClientArguments.Trace();
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("echo", Explanation) { address, text, count, interval, size, connections, timeout, trace, json, quiet };
        Option<string?> client = TokenOptions.Client();
        verb.Options.Add(client);
        var tls = new TlsArguments();
        var token = new TokenOptions();
        foreach (Option option in tls.All.Concat(token.All))
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunAsync(call.GetValue(json), events => RunAsync(
            context,
            new EchoSettings(
                tls.Complete(call, call.GetValue(address)!),
                call.GetValue(text),
                call.GetValue(count),
                call.GetValue(interval) ?? TimeSpan.Zero,
                call.GetValue(size),
                call.GetValue(connections) ?? 1,
                call.GetValue(timeout),
                call.GetValue(client),
                token.Read(call, tls),
                call.GetValue(trace),
                call.GetValue(quiet)),
            events)));
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context, EchoSettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseAddress(context, settings.Address, EchoConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        EchoMeasurementOptions options = MakeOptions(context, settings, address, events) with
        {
            Token = await settings.Token.ReadAsync(context, address),
            Trace = trace,
        };
        if (settings.Text is not null && settings.Size is not null)
        {
            throw new UsageException("TEXT and --size exclude each other: a text has the size it has.");
        }

        if (settings.IsTraced && settings.Connections > 1)
        {
            throw new UsageException("--trace shows one connection: it goes without --connections.");
        }

        if (EchoMeasurement.WhyNot(address, options) is string reason)
        {
            throw new UsageException(reason);
        }

        // Read when the first socket is made. A reply is taken by the thread that learnt of it: one hop less in each round trip.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var measurement = new EchoMeasurement(address, options);
        try
        {
            await RunShowingAsync(context, measurement, settings.IsQuiet || settings.IsTraced);
        }
        finally
        {
            EchoMeasurementSummary summary = measurement.Summarize();
            if (summary.Sent > 0)
            {
                // People first: standard output may be what failed.
                if (!settings.IsQuiet)
                {
                    await context.Console.Error.WriteAsync(EchoReport.Text(summary));
                }

                events?.Write("summary", writer => EchoReport.Write(writer, summary));
            }
        }

        return Judge(address, options, measurement.Summarize());
    }

    private static EchoMeasurementOptions MakeOptions(
        VerbContext context, EchoSettings settings, EndpointAddress address, JsonEvents? events)
    {
        bool isDatagrams = address.Scheme == TransportScheme.Udp;
        var defaults = new EchoMeasurementOptions();
        Action<EchoReply>? onReply = null;
        if (events is not null && settings.Connections == 1)
        {
            onReply = reply => events.Write("reply", writer => EchoReport.Write(writer, reply));
        }
        else if (events is null && settings.Text is not null)
        {
            onReply = reply => DataOutput.WriteLine(context.Console.Output, reply.Payload.Span);
        }

        return defaults with
        {
            Count = settings.Count ?? (settings.Text is null ? defaults.Count : 1),
            Interval = settings.Interval,
            Size = settings.Size ?? defaults.Size,
            Payload = settings.Text is string text ? ArgumentText.Encode(text) : default(ReadOnlyMemory<byte>?),
            Connections = settings.Connections,
            ConnectTimeout = settings.Timeout ?? defaults.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? (isDatagrams ? TimeSpan.FromSeconds(1) : defaults.AnswerTimeout),
            AllowsTokenInClear = settings.Token.IsInClear,
            ClientId = settings.Client ?? defaults.ClientId,
            OnReply = onReply,
        };
    }

    private static async Task RunShowingAsync(VerbContext context, EchoMeasurement measurement, bool isQuiet)
    {
        Task running = measurement.RunAsync(context.Interruption);
        using (var live = new LiveLine(context.Console, isQuiet))
        using (var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(250)))
        {
            while (context.Console.ErrorIsTerminal && !isQuiet && !running.IsCompleted)
            {
                await Task.WhenAny(running, pace.WaitForNextTickAsync(CancellationToken.None).AsTask());
                live.Show(() => EchoReport.Line(measurement.Summarize()));
            }

            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await running;
    }

    private static int Judge(EndpointAddress address, EchoMeasurementOptions options, EchoMeasurementSummary summary)
    {
        if (summary.Corrupted > 0)
        {
            throw new CommunicationException(
                CommunicationFailure.Integrity, $"{address} sent back {summary.Corrupted} datagrams that are not what was sent.");
        }

        if (summary.Received == 0)
        {
            throw new CommunicationException(
                CommunicationFailure.Timeout,
                $"{address} sent nothing back within {Quantity.Duration(options.AnswerTimeout)}: "
                + "the datagrams or their echoes were lost, or no echo server listens there.");
        }

        return summary.Lost > 0 ? ExitCode.PartlyConfirmed : ExitCode.Confirmed;
    }

    private sealed record EchoSettings(
        string Address, string? Text, long? Count, TimeSpan Interval, int? Size, int Connections, TimeSpan? Timeout, string? Client,
        TokenSettings Token, bool IsTraced, bool IsQuiet);
}
