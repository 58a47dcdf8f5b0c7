using System.CommandLine;
using Aldis.Cli.Verbs.Link;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;
using Aldis.Protocols.Trials;
using Aldis.Transports.Trials;

namespace Aldis.Cli.Verbs.Bench;

/// <summary>The options of <c>aldis bench</c> without an address: which transports are compared, over which link.</summary>
internal sealed class TrialArguments
{
    private const double DefaultLoss = 0.02;
    private const string DefaultLink = "loss 2%";
    private const int DefaultMessageBytes = 64;
    private const int DefaultDatagramBytes = 1_472;

    private static readonly string[] Names = [.. Enum.GetValues<TrialTransport>().Select(KebabName.Of)];

    private readonly Option<string?> _transports = new("--transports")
    {
        HelpName = "LIST",
        Description = $"which are compared; default all: {string.Join(',', Names)}",
    };

    private readonly LinkFaultOptions _faults = new(
        "loss", "burst", "delay", "jitter", "reorder", "duplicate", "corrupt", "retransmission");

    private readonly Option<int?> _datagram = ClientArguments.Size(
        "--datagram", "BYTES", $"payload of the datagrams of a transfer; default {DefaultDatagramBytes}, what a packet of Ethernet holds");

    private readonly Option<ulong?> _seed = TypedOption.Whole("--seed", "N", "decides every draw of the link; default 1", 0UL);

    private readonly Option<string?> _html = new("--html")
    {
        HelpName = "FILE",
        Description = "write the comparison as one page with plots, that needs nothing else",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_transports, .. _faults.All, _datagram, _seed, _html];

    /// <summary>The first of them that a call names.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Its name; null where it names none.</returns>
    public string? FirstGiven(ParseResult call) => All.FirstOrDefault(option => call.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Reads what is to be compared.</summary>
    /// <param name="call">The call.</param>
    /// <param name="duration">For each transport and link.</param>
    /// <param name="size">Bytes of a message whose round trip is measured, where they were given.</param>
    /// <exception cref="UsageException">An option is wrong.</exception>
    public TrialSettings Read(ParseResult call, TimeSpan duration, int? size)
    {
        int bytes = size ?? DefaultMessageBytes;
        if (bytes is < TrialPiece.HeaderBytes or > DatagramLimits.MaxPayload)
        {
            throw new UsageException(
                $"--size is {TrialPiece.HeaderBytes} to {DatagramLimits.MaxPayload} bytes where transports are compared.");
        }

        int datagram = call.GetValue(_datagram) ?? DefaultDatagramBytes;
        if (datagram is < TrialPiece.HeaderBytes or > DatagramLimits.MaxPayload)
        {
            throw new UsageException($"--datagram is {TrialPiece.HeaderBytes} to {DatagramLimits.MaxPayload} bytes.");
        }

        bool isNamed = _faults.All.Any(option => call.GetResult(option) is { Implicit: false });
        LinkFaults basis = isNamed ? LinkFaults.None : new LinkFaults { Loss = DefaultLoss };
        LinkFaults toTarget = _faults.Read(call, LinkDirection.ToTarget, basis);
        LinkFaults toClient = _faults.Read(call, LinkDirection.ToClient, basis);
        bool isLinked = toTarget != LinkFaults.None || toClient != LinkFaults.None;
        string words = isNamed ? _faults.Describe(call) : DefaultLink;
        return new TrialSettings(
            Transports(call.GetValue(_transports)),
            isLinked ? new LinkSettingsOfTrial(toTarget, toClient, words) : null,
            duration,
            bytes,
            datagram,
            call.GetValue(_seed) ?? 1,
            call.GetValue(_html));
    }

    private static TrialTransport[] Transports(string? list)
    {
        if (list is null)
        {
            return Enum.GetValues<TrialTransport>();
        }

        string[] words = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.FirstOrDefault(word => !Names.Contains(word, StringComparer.OrdinalIgnoreCase)) is string wrong)
        {
            string known = string.Join(", ", Names);
            throw new UsageException($"--transports takes {known}, with commas between, not '{wrong}'{NearestName.End(wrong, Names)}");
        }

        return words.Length == 0
            ? throw new UsageException("--transports names one transport at least.")
            : [.. Enum.GetValues<TrialTransport>().Where(one => words.Contains(KebabName.Of(one), StringComparer.OrdinalIgnoreCase))];
    }
}

/// <summary>What is compared.</summary>
/// <param name="Transports">The transports.</param>
/// <param name="Link">The link; null for none.</param>
/// <param name="Duration">For each transport and link.</param>
/// <param name="MessageBytes">Bytes of a message whose round trip is measured.</param>
/// <param name="DatagramBytes">Bytes of a datagram of a transfer.</param>
/// <param name="Seed">Decides every draw of the link.</param>
/// <param name="HtmlPath">Where a page goes; null for none.</param>
internal sealed record TrialSettings(
    IReadOnlyList<TrialTransport> Transports,
    LinkSettingsOfTrial? Link,
    TimeSpan Duration,
    int MessageBytes,
    int DatagramBytes,
    ulong Seed,
    string? HtmlPath);

/// <summary>A link, and how it was asked for.</summary>
/// <param name="ToTarget">What it does on the way there.</param>
/// <param name="ToClient">What it does on the way back.</param>
/// <param name="Words">In the words of <c>aldis link</c>.</param>
internal sealed record LinkSettingsOfTrial(LinkFaults ToTarget, LinkFaults ToClient, string Words);
