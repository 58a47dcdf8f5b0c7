using System.Globalization;

namespace Aldis.Postgres.Copying;

/// <summary>What a copy found and did. Written by the copy alone; the counts may be read meanwhile.</summary>
internal sealed class CopyReport
{
    private const int MostListed = 100;

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private long _copied;
    private long _present;
    private long _leftOut;

    /// <summary>Messages that are stored now, and were not before.</summary>
    public long Copied => Volatile.Read(ref _copied);

    /// <summary>Messages that were there already.</summary>
    public long Present => Volatile.Read(ref _present);

    /// <summary>Messages behind something that is wrong with their client.</summary>
    public long LeftOut => Volatile.Read(ref _leftOut);

    /// <summary>How much is wrong.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>The first of it, as sentences without their full stops.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>So many messages were stored.</summary>
    public void AddCopied(long count) => Volatile.Write(ref _copied, _copied + count);

    /// <summary>A message is there already.</summary>
    public void AddPresent() => Volatile.Write(ref _present, _present + 1);

    /// <summary>Whether nothing more of a client is copied. Where so, the message counts as left out.</summary>
    public bool LeavesOut(string client)
    {
        bool isRefused = _refused.Contains(client);
        if (isRefused)
        {
            AddLeftOut();
        }

        return isRefused;
    }

    /// <summary>A message is stored with other bytes. Nothing more of its client is copied.</summary>
    public void Conflict(string client, long sequence) => Refuse(client, $"{client} {sequence}: other bytes are stored under that number");

    /// <summary>Messages are missing on both sides. Nothing more of their client is copied.</summary>
    /// <param name="client">The client.</param>
    /// <param name="last">The last one that is stored.</param>
    /// <param name="next">The next one that there is to copy, which is left out.</param>
    public void Gap(string client, long last, long next)
    {
        Refuse(client, $"{client}: {last} is stored, and the next to copy is {next}");
        AddLeftOut();
    }

    private void AddLeftOut() => Volatile.Write(ref _leftOut, _leftOut + 1);

    private void Refuse(string client, FormattableString problem)
    {
        _ = _refused.Add(client);
        ProblemCount++;
        if (_problems.Count < MostListed)
        {
            _problems.Add(problem.ToString(CultureInfo.InvariantCulture));
        }
    }
}
