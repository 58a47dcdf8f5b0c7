using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Bench;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis bench</c>: what a server, this machine and its network do.</summary>
internal static class BenchVerb
{
    public const string Examples = """
        Examples:
          aldis bench                                                TCP, TLS, Unix, UDP and arq compared, directly and with 2 % loss
          aldis bench --loss 5% --delay 20ms --html report.html      … over a link of your choice, as a page to hand in
          aldis bench 127.0.0.1:12345 --connections 64               round trips, one under way on each connection
          aldis bench 127.0.0.1:12345 --rate 5000 --duration 30s     open loop: 5,000 a second, whatever the server does
          aldis bench localhost:9999 --as native --window 256        messages, numbered and acknowledged
          aldis bench server:12345 --rate 1000 --max-p99 5ms --min-rate 990    for CI: exit 8 where it is not so
          aldis bench --compare before.json after.json               two reports of --json, side by side
        """;

    private const string Explanation = """
        Without ADDRESS: compare what this machine does over TCP, TLS, a Unix socket, UDP and arq in its three modes, directly and through a
        link that loses, delays or damages (options named as those of 'aldis link'). It answers "TCP or UDP?" by measurement.

        With ADDRESS: put a load on a server and measure what it does. Any server that echoes will do, or one that speaks a conversation of
        Aldis (--as).

        With --rate requests are due by a fixed schedule, and a round trip counts from when its request was due: a server that stalls delays
        the requests behind it too (leaving that out is known as coordinated omission). Without it the next request is sent when one was
        answered; the corrected figures then say what a steady sender would have seen. Both are shown.
        Whatever goes wrong there is a report: errors are counted by kind, and connections that break are opened again.
        """;

    private static readonly TimeSpan DefaultLoadTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultTrialTime = TimeSpan.FromSeconds(2);

    public static Command Create(VerbContext context)
    {
        var address = new Argument<string?>("ADDRESS")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "host:port, tcp://…, tls://…, arq://…, arq+tls://…, unix:/path or udp://…; the port of the conversation if left "
                + "out. " + ClientArguments.Trust,
        };
        Option<TimeSpan?> duration = ClientArguments.Duration(
            "--duration", "TIME", "how long to measure; default 10s, without ADDRESS 2s for each transport and link");
        Option<int?> size = ClientArguments.Size("--size", "BYTES", "payload of each request; default 32, without ADDRESS 64", "-s");
        var compare = new Option<string[]?>("--compare")
        {
            HelpName = "A.json B.json",
            Description = "show two reports of --json side by side, and measure nothing",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("bench", Explanation) { address, duration, size, compare, json, quiet };
        var load = new LoadArguments();
        var trial = new TrialArguments();
        var tls = new TlsArguments();
        foreach (Option option in load.All.Concat(trial.All).Concat(tls.All))
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunAsync(call.GetValue(json), async events =>
        {
            string? target = call.GetValue(address);
            if (call.GetValue(compare) is [string first, string second])
            {
                return target is null
                    ? CompareSession.Run(context, first, second, events)
                    : throw new UsageException("--compare measures nothing: it goes without ADDRESS.");
            }

            TimeSpan time = call.GetValue(duration) ?? (target is null ? DefaultTrialTime : DefaultLoadTime);
            if (time <= TimeSpan.Zero)
            {
                throw new UsageException("--duration is more than no time.");
            }

            if (target is null)
            {
                return load.FirstGiven(call) is string ofLoad
                    ? throw new UsageException($"{ofLoad} is for a load on a server: aldis bench ADDRESS {ofLoad} ….")
                    : await TrialSession.RunAsync(context, trial.Read(call, time, call.GetValue(size)), call.GetValue(quiet), events);
            }

            if (trial.FirstGiven(call) is string ofTrial)
            {
                throw new UsageException($"{ofTrial} is for comparing transports on this machine: it goes without ADDRESS.");
            }

            LoadSettings settings = await load.ReadAsync(context, call, tls.Complete(call, target), time, call.GetValue(size), tls);
            return await LoadSession.RunAsync(context, settings, call.GetValue(quiet), events);
        }));
        return verb;
    }
}
