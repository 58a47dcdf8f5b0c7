using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Ping;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Ping;
using Aldis.Protocols.Text;
using Aldis.Services.Echo;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis ping</c>: whether somebody is there, and how far away, by ICMP or by any transport.</summary>
internal static class PingVerb
{
    public const string Examples = """
        Examples:
          aldis ping 127.0.0.1 -c 3                  three echo requests of ICMP and their answers
          aldis ping -6 localhost -c 3 --trace       over IPv6, with each packet's fields
          aldis ping tcp://127.0.0.1:8000 -c 3       the time to connect, where ICMP is filtered
          aldis ping udp://127.0.0.1:12345 -i 10ms   datagrams to an echo server, until Ctrl-C
          aldis ping arq://127.0.0.1:8000 -c 3 -q    the handshake of arq, the summary alone
        """;

    private const int DefaultSize = 56;
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    private const string Explanation = """
        Ask whether somebody is there, how long the answer takes and how many are lost, in the lines that every ping prints.

        A HOST alone is asked by ICMP (Linux): through a datagram socket where net.ipv4.ping_group_range allows it, else through a raw
        one. tcp, tls, unix, arq and arq+tls are asked by connecting, and the time is that until the connection is there; any server will
        do, and nothing is said to it. udp needs a server that sends datagrams back, such as aldis serve echo.
        An answer that comes after --timeout is late, and counts as received: the packet was not lost.
        Ends with 0 if all were answered, 6 if some were, 3 if none was, and 1 if somebody said that none will be.
        """;

    public static Command Create(VerbContext context)
    {
        var target = new Argument<string>("HOST")
        {
            Description = $"a host, asked by ICMP; or host:port, tcp://…, tls://…, arq://…, arq+tls://…, unix:/path, or udp://… "
                + $"(port {EchoConversation.DefaultPort} if left out). {ClientArguments.Trust}",
        };
        Option<long?> count = TypedOption.Whole("--count", "N", "requests to send; until interrupted if left out", 1L, "-c");
        Option<TimeSpan?> interval = Seconds("--interval", "time between two requests, at least 1ms; default 1s", "-i");
        Option<int?> size = ClientArguments.Size(
            "--size",
            "BYTES",
            $"data in each packet of ICMP or udp; default {DefaultSize}, at most {DatagramLimits.MaxPayload}; "
                + $"over udp at least {ProbePayload.MinSize}",
            "-s");
        Option<TimeSpan?> timeout = Seconds("--timeout", "how long an answer may take, at least 1ms; default 2s", "-W");
        var onlyIPv4 = new Option<bool>("--ipv4", "-4") { Description = "ask an IPv4 address of the host" };
        var onlyIPv6 = new Option<bool>("--ipv6", "-6") { Description = "ask an IPv6 address of the host" };
        var trace = new Option<bool>("--trace")
        {
            Description = "draw each packet of ICMP with its fields, or each frame of arq, on stderr",
        };
        Option<bool> json = VerbContext.JsonOption();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no line for each answer: the first line and the summary alone" };
        var verb = new Command("ping", Explanation) { target, count, interval, size, timeout, onlyIPv4, onlyIPv6, trace, json, quiet };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events => RunAsync(
            context,
            new PingSettings(
                call.GetValue(target)!,
                call.GetValue(count) ?? 0,
                call.GetValue(interval) ?? DefaultInterval,
                call.GetValue(size),
                call.GetValue(timeout) ?? DefaultTimeout,
                FamilyOf(call.GetValue(onlyIPv4), call.GetValue(onlyIPv6)),
                call.GetValue(trace),
                call.GetValue(quiet)),
            events)));
        return verb;
    }

    /// <summary>A time; a number alone is seconds, as every ping has it.</summary>
    private static Option<TimeSpan?> Seconds(string name, string description, string alias) => new(name, alias)
    {
        HelpName = "SECONDS",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool isNumber = text.Length > 0 && text.All(static one => char.IsAsciiDigit(one) || one == '.');
            if (Quantity.TryParseDuration(isNumber ? text + "s" : text, out TimeSpan time) && time >= TimeSpan.FromMilliseconds(1))
            {
                return time;
            }

            result.AddError($"{name} takes seconds such as 0.2 or a duration such as 200ms, at least 1ms, not '{text}'.");
            return null;
        },
    };

    private static AddressFamily? FamilyOf(bool isIPv4, bool isIPv6) => (isIPv4, isIPv6) switch
    {
        (true, true) => throw new UsageException("-4 and -6 exclude each other."),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };

    private static async Task<int> RunAsync(VerbContext context, PingSettings settings, JsonEvents? events)
    {
        var target = PingTarget.Parse(settings.Target);
        CheckTogether(target, settings);
        var session = new PingSession(
            settings.Count, (long)settings.Interval.TotalNanoseconds, (long)settings.Timeout.TotalNanoseconds);
        var report = new PingReport(context.Console, events, settings.IsQuiet, settings.Timeout);
        var run = new PingRun(session, report);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, target.Address, settings.IsTraced && !target.IsHost);
        await using IPinger pinger = await OpenAsync(context, target, settings, trace, run);
        report.WriteStart(target.Text, pinger.Description);
        try
        {
            await run.RunAsync(pinger, context.Interruption);
        }
        finally
        {
            report.WriteSummary(target.Text, session.Summarize());
        }

        return Judge(target, settings, run, session.Summarize());
    }

    private static void CheckTogether(PingTarget target, PingSettings settings)
    {
        bool isDatagrams = target.Address.Scheme == TransportScheme.Udp;
        if (settings.Size is not null && !target.IsHost && !isDatagrams)
        {
            throw new UsageException($"--size is for ICMP and udp: {target.Address} is asked by connecting, and nothing is said to it.");
        }

        if (settings.Size > DatagramLimits.MaxPayload)
        {
            throw new UsageException($"--size is at most {DatagramLimits.MaxPayload}: more does not fit into a packet.");
        }

        if (settings.Size < ProbePayload.MinSize && isDatagrams)
        {
            throw new UsageException($"--size is at least {ProbePayload.MinSize} over udp: a datagram carries its number.");
        }

        if (target.Address.Scheme == TransportScheme.UnixDatagram)
        {
            throw new UsageException($"{target.Address} has no connection to wait for: 'aldis echo {target.Address}' asks it.");
        }

        if (settings.Family is not null && target.Address.IsUnix)
        {
            throw new UsageException($"{target.Address} is on this machine and has no IP address: it goes without -4 and -6.");
        }
    }

    private static async Task<IPinger> OpenAsync(
        VerbContext context, PingTarget target, PingSettings settings, LiveTrace? trace, PingRun run)
    {
        CancellationToken interruption = context.Interruption;
        int size = settings.Size ?? DefaultSize;
        IPAddress[] found = target.Address.IsUnix
            ? []
            : await target.FindAsync(settings.Family, settings.Timeout, interruption);
        if (target.IsHost)
        {
            CommandConsole console = context.Console;
            Action<string>? draw = settings.IsTraced ? text => console.Error.Write(console.Shown(text)) : null;
            return new IcmpPinger(HostOf(found[0]), size, run.TakeAsync, draw);
        }

        return target.Address.Scheme == TransportScheme.Udp
            ? await DatagramPinger.OpenAsync(target.Address, found, settings, size, run.TakeAsync, interruption)
            : await ConnectionPinger.OpenAsync(target.Address, found, settings, trace, run.TakeAsync, interruption);
    }

    private static IPAddress HostOf(IPAddress found)
    {
        bool isMulticast = found.AddressFamily == AddressFamily.InterNetworkV6
            ? found.IsIPv6Multicast
            : found.GetAddressBytes()[0] is >= 224 and < 240;
        if (isMulticast || found.Equals(IPAddress.Broadcast))
        {
            throw new UsageException($"{found} is the address of many: ping one host.");
        }

        // The unspecified address means this machine, which answers under another one.
        return found.Equals(IPAddress.Any) ? IPAddress.Loopback : found.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : found;
    }

    private static int Judge(PingTarget target, PingSettings settings, PingRun run, PingSummary summary)
    {
        if (summary.Damaged > 0)
        {
            throw new CommunicationException(
                CommunicationFailure.Integrity, $"{target.Text} sent back {summary.Damaged} packets that are not what was sent.");
        }

        if (summary.Received > 0)
        {
            return summary.Lost > 0 ? ExitCode.PartlyConfirmed : ExitCode.Confirmed;
        }

        throw run.LastFailure is { } failure
            ? new CommunicationException(
                failure.Failure,
                target.IsHost ? $"{target.Text} cannot be reached: {failure.Reason!.TrimEnd('.')}." : failure.Reason!)
            : new CommunicationException(
                CommunicationFailure.Timeout,
                $"{target.Text} gave no answer within {settings.Timeout.TotalSeconds:0.###} s: "
                + "nobody is there, or something on the way lets nothing through.");
    }
}
