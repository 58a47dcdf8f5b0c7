using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Scenarios;

/// <summary>
/// Gives the decisions of a log back, to whatever traffic comes: the datagram of the same number of the same client in the same direction has
/// the fate that one had. What the log does not name passes as it comes. Complete before it is asked; then safe to ask from several threads.
/// </summary>
internal sealed class DecisionReplay : ILinkReplay
{
    /// <summary>The most decisions that are kept; those that change nothing are not kept.</summary>
    public const int MaxDecisions = 2_000_000;

    private readonly Dictionary<(LinkDirection Direction, long Client, long Unit), LinkVerdict> _verdicts = [];
    private long _lines;

    /// <summary>Decisions that are given back.</summary>
    public int Count => _verdicts.Count;

    /// <summary>Takes the next line of a log.</summary>
    /// <param name="line">The line as UTF-8, without its end.</param>
    /// <param name="source">What the log is called in a refusal.</param>
    /// <exception cref="FormatException">It is no line of a log, or there are too many; the message is one sentence.</exception>
    public void Add(ReadOnlyMemory<byte> line, string source)
    {
        _lines++;
        try
        {
            // What befalls a connection and no byte of it has no length, and is decided anew.
            if (!DecisionLine.TryRead(line, out LinkNote note) || note.Verdict == default || IsOfConnection(note))
            {
                return;
            }

            if (_verdicts.Count == MaxDecisions)
            {
                throw new FormatException($"this is one decision more than the {MaxDecisions} that are given back");
            }

            _verdicts[(note.Direction, note.Client, note.Unit)] = note.Verdict;
        }
        catch (FormatException exception)
        {
            throw new FormatException(FormattableString.Invariant($"{source}, line {_lines}: {exception.Message}."), exception);
        }
    }

    /// <inheritdoc/>
    public bool TryGet(LinkDirection direction, long client, long unit, out LinkVerdict verdict) =>
        _verdicts.TryGetValue((direction, client, unit), out verdict);

    private static bool IsOfConnection(in LinkNote note) => note.Length == 0 && note.Verdict.Drop >= LinkFault.Refused;
}
