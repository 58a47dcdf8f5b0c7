using System.CommandLine;
using Aldis.Cli.Verbs.Link;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis link</c>: a bad network on this machine, between clients and a server.</summary>
internal static class LinkVerb
{
    public const string Examples = """
        Examples:
          aldis link udp://127.0.0.1:9001 udp://127.0.0.1:9000      datagrams to 9001 go to 9000, and back
          aldis link :8080 example.org:80                           the same for connections
          aldis link tcp://127.0.0.1:0 unix:/run/app.sock           on a port that the LISTEN line names
          aldis link udp://:9001 :9000 --loss 10% --delay 20ms      a tenth is lost in each direction
          aldis link udp://:9001 :9000 --to-client-loss 10%         … on the way back alone
          aldis link :8080 :80 --rate 1Mbit --reset-after 10K       slow, and reset after ten KiB
          aldis link :8080 :80 --profile 3g --script 'at 9s cut; at 15s restore'
          aldis link --api                                          for the clients of toxiproxy
        """;

    private const string Explanation = """
        Stand between clients and a server, and be a bad network to them.

        Clients connect to LISTEN; what they send goes to TARGET, and what it answers comes back. Datagrams keep their borders, and each
        client has a port of its own towards the target. The same seed and the same order of traffic have the same fate. It runs until it
        is interrupted, and needs no rights on any system.
        Options from --loss to --reset-after are for both directions; each is there for one too: --to-target-loss, --to-client-loss.
        """;

    public static Command Create(VerbContext context)
    {
        var listen = new Argument<string?>("LISTEN")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "where clients come to: udp://host:port, tcp://host:port or unix:/path; 127.0.0.1 if no host is named, "
                + "and port 0 picks one",
        };
        var target = new Argument<string?>("TARGET")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "where the server is; what LISTEN or TARGET leaves out of udp:// or tcp:// is the other's, tcp:// if both do",
        };
        var faults = new LinkFaultOptions();
        Option<ulong?> seed = TypedOption.Whole(
            "--seed", "N", "decides every draw; drawn anew if left out, and said at the start", 0UL);
        Option<int?> maxClients = TypedOption.Whole(
            "--max-clients",
            "N",
            "clients, or connections, at once; default 1024. Of datagrams one more takes the place of that which was silent longest",
            1);
        Option<TimeSpan?> idle = ClientArguments.Duration(
            "--idle", "TIME", "after which a client that sends and gets no datagram is forgotten; default 1m");
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        quiet.Description = "print nothing but the LISTEN lines, warnings and errors on stderr";
        var scenario = new LinkScenarioOptions();
        var verb = new Command("link", Explanation) { listen, target };
        foreach (Option option in (Option[])[.. faults.All, .. scenario.All, seed, maxClients, idle, json, quiet])
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunToEndAsync(call.GetValue(json), carriesPayload: true, body: events => LinkSession.RunAsync(
            context,
            new LinkSettings(
                call.GetValue(listen),
                call.GetValue(target),
                scenario.Read(call, call.GetValue(listen), call.GetValue(target)),
                call.GetValue(seed),
                call.GetValue(maxClients),
                call.GetValue(idle),
                call.GetValue(quiet),
                (direction, before) => faults.Read(call, direction, before)),
            events)));
        return verb;
    }
}
