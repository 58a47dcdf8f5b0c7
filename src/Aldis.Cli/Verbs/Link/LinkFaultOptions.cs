using System.CommandLine;
using System.CommandLine.Parsing;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;

namespace Aldis.Cli.Verbs.Link;

/// <summary>
/// The options of <c>aldis link</c> that name faults: the words of scripts (<see cref="LinkWords"/>), each for both directions and for one.
/// </summary>
internal sealed class LinkFaultOptions
{
    private const string After = "-after";

    // In the order of the help. A word without a value stands for itself; what breaks a stream has the time or the place as its value.
    private static readonly Flag[] Flags =
    [
        new("loss", "SHARE", "datagrams that are lost, such as 10%; pieces of a connection come later instead, as if sent again"),
        new("burst", "'SHARE N'", "loss in bursts of N on average, such as '10% 4' (Gilbert-Elliott)"),
        new("delay", "TIME", "how much later everything arrives, such as 50ms"),
        new("jitter", "TIME", "how far the delay varies: 5ms, '5ms normal' or '5ms pareto'; nothing overtakes"),
        new("reorder", "SHARE", "datagrams that are held back, so that later ones overtake: 5%, or '5% 20ms' with how long at most"),
        new("duplicate", "SHARE", "datagrams that arrive twice: 5%, or '5% 20ms' with how much later at most"),
        new("corrupt", "SHARE", "datagrams, or pieces of a connection, in which one to eight bits are flipped"),
        new("truncate", "SHARE", "datagrams whose end is cut off"),
        new("rate", "RATE", "bits a second that pass, such as 1Mbit: of each client, and each connection"),
        new("queue", "BYTES", "that may wait for the rate, such as 64K: datagrams beyond are dropped, a connection is held back"),
        new("mtu", "BYTES", "of payload of the longest datagram that passes"),
        new("cut", null, "pull the cable: nothing passes, and connections wait"),
        new("retransmission", "TIME", "what a loss costs a connection; default 200ms"),
        new("open-delay", "TIME", "how long a new connection waits before the target hears of it"),
        new("close-delay", "TIME", "how much later than the last byte the end of a connection arrives"),
        new("refuse", null, "refuse new connections"),
        new("slice", "BYTES", "hand a connection on in pieces: 100, '100 20' (more or less) or '100 20 5ms' (and a pause)"),
        new("stall" + After, "WHEN", "bytes or time after which a connection stays open and nothing passes: 10K, or 5s"),
        new("half-close" + After, "WHEN", "… after which one direction of it ends, and the other goes on"),
        new("close" + After, "WHEN", "… after which it ends"),
        new("reset" + After, "WHEN", "… after which both sides see it reset"),
    ];

    private readonly List<(Option Option, Flag Flag, LinkDirection? Direction)> _options = [];

    /// <summary>Makes the options.</summary>
    /// <param name="names">Those that are wanted; all where none is named.</param>
    public LinkFaultOptions(params IReadOnlyCollection<string> names)
    {
        foreach (LinkDirection? direction in (LinkDirection?[])[null, LinkDirection.ToTarget, LinkDirection.ToClient])
        {
            foreach (Flag flag in Flags.Where(flag => names.Count == 0 || names.Contains(flag.Name)))
            {
                _options.Add((Make(flag, direction), flag, direction));
            }
        }
    }

    /// <summary>All of them, for the command; those for one direction are known and not shown.</summary>
    public IEnumerable<Option> All => _options.Select(static each => each.Option);

    /// <summary>The words that they stand for, for the test that none is forgotten.</summary>
    internal static IEnumerable<string> Words => Flags.Select(static flag => flag.Word);

    /// <summary>Reads what was asked for.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="faults">What it does already, such as a profile.</param>
    /// <returns>The same with the options; one for a direction goes before the one for both.</returns>
    /// <exception cref="UsageException">A value is none; the sentence says how it is written.</exception>
    public LinkFaults Read(ParseResult call, LinkDirection direction, LinkFaults faults)
    {
        foreach (Flag flag in Flags)
        {
            // Sorted so that the one for both directions comes first.
            Option? given = _options.LastOrDefault(
                each => each.Flag == flag && (each.Direction ?? direction) == direction && IsGiven(call, each.Option)).Option;
            if (given is not null)
            {
                faults = ChangeOf(call, given, flag)(direction, faults, faults);
            }
        }

        return faults;
    }

    /// <summary>What was asked for, as it was written, in the order of the help.</summary>
    /// <param name="call">The command line.</param>
    /// <returns>For example <c>loss 2%, delay 20ms</c>.</returns>
    public string Describe(ParseResult call) => string.Join(", ", All.Where(option => IsGiven(call, option))
        .Select(option => option is Option<string?> text ? $"{option.Name[2..]} {call.GetValue(text)}" : option.Name[2..]));

    private static Option Make(Flag flag, LinkDirection? direction)
    {
        string name = direction switch
        {
            LinkDirection.ToTarget => "--to-target-" + flag.Name,
            LinkDirection.ToClient => "--to-client-" + flag.Name,
            _ => "--" + flag.Name,
        };
        return flag.HelpName is null
            ? new Option<bool>(name) { Description = flag.Description, Hidden = direction is not null }
            : new Option<string?>(name) { HelpName = flag.HelpName, Description = flag.Description, Hidden = direction is not null };
    }

    private static bool IsGiven(ParseResult call, Option option) => call.GetResult(option) is { Implicit: false };

    private static LinkChange ChangeOf(ParseResult call, Option option, Flag flag)
    {
        string[] values = option is Option<string?> text
            ? call.GetValue(text)!.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            : [];
        try
        {
            return LinkWords.Read(LinkWords.OfScripts, flag.Word, flag.IsBreak ? ["after", .. values] : values);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{option.Name}: {exception.Message}");
        }
    }

    private sealed record Flag(string Name, string? HelpName, string Description)
    {
        public bool IsBreak => Name.EndsWith(After, StringComparison.Ordinal);

        public string Word => IsBreak ? Name[..^After.Length] : Name;
    }
}
