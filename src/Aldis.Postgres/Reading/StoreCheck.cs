using System.Globalization;
using Aldis.Protocols.Integrity;

namespace Aldis.Postgres.Reading;

/// <summary>Checks a store, message by message: client by client, each client's in the order of their numbers.</summary>
/// <param name="lasts">How far each client is, as its row says.</param>
internal sealed class StoreCheck(IEnumerable<(string Client, long Last)> lasts)
{
    private const int MostListed = 100;

    private readonly Dictionary<string, long> _lasts = lasts.ToDictionary(
        static pair => pair.Client, static pair => pair.Last, StringComparer.Ordinal);

    private readonly List<string> _problems = [];
    private string? _sender;
    private long _previous;
    private long _messages;
    private long _clients;
    private long _problemCount;

    /// <summary>Takes the next message.</summary>
    public void Take(string sender, long number, uint crc, ReadOnlySpan<byte> payload)
    {
        bool isFirst = sender != _sender;
        if (isFirst)
        {
            EndSender();
            _sender = sender;
            _clients += IsClient(sender) ? 1 : 0;
        }

        _messages++;
        if (Crc32C.Compute(payload) != crc)
        {
            Report($"{sender} {number}: the payload is not the one that was stored");
        }

        // Retention leaves the last ones, so the first that is left may have any number.
        if (!isFirst && number == _previous)
        {
            Report($"{sender} {number}: it is there more than once");
        }
        else if (!isFirst && IsClient(sender) && number != _previous + 1)
        {
            Report($"{sender}: {_previous} is followed by {number}");
        }

        _previous = number;
    }

    /// <summary>There are no more.</summary>
    public StoreVerification Finish()
    {
        EndSender();
        return new StoreVerification(_messages, _clients, _problemCount, _problems);
    }

    private static bool IsClient(string sender) => !PostgresMessageStore.IsNode(sender);

    private void EndSender()
    {
        if (_sender is { } sender && IsClient(sender) && _lasts.GetValueOrDefault(sender) != _previous)
        {
            Report($"{sender}: the last message is {_previous}, and {_lasts.GetValueOrDefault(sender)} was acknowledged");
        }
    }

    private void Report(FormattableString problem)
    {
        _problemCount++;
        if (_problems.Count < MostListed)
        {
            _problems.Add(problem.ToString(CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>What a check found.</summary>
/// <param name="Messages">How many messages there are.</param>
/// <param name="Clients">Of how many clients; the plain form is none.</param>
/// <param name="ProblemCount">How much is wrong.</param>
/// <param name="Problems">The first of it, as sentences without their full stops.</param>
internal sealed record StoreVerification(long Messages, long Clients, long ProblemCount, IReadOnlyList<string> Problems);
