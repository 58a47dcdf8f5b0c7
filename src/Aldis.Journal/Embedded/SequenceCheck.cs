namespace Aldis.Journal.Embedded;

/// <summary>
/// Checks that each client's messages are there without gap or repeat, and that the marks of the segments agree with them. A gap that a
/// repair left, and said so in a loss record, is a known loss: once for each client and loss (<c>docs/protocols/journal.md</c> section 8).
/// </summary>
internal sealed class SequenceCheck : IScanObserver
{
    private const int MaxListed = 100;

    private readonly List<string> _problems = [];
    private readonly List<LostRange> _lost = [];
    private readonly List<LostRange> _ofMarks = [];
    private readonly Dictionary<string, long> _lossesSeen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);
    private bool _mayForget;

    /// <summary>Number of problems.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>The first of them, in words.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Number of loss records: stretches that a repair left out.</summary>
    public long LossCount { get; private set; }

    /// <summary>The first sequence numbers that are missing because of them.</summary>
    public IReadOnlyList<LostRange> Lost => _lost;

    public void OnSegment(long segment, uint version, ClientTable marks, ClientTable clients)
    {
        JudgeMarks(areKnown: false);
        _mayForget |= version >= SegmentHeader.Forgetful;
        foreach (JournalClient client in clients.All)
        {
            long mark = marks.Find(client.Id)?.Taken ?? 0;
            if (mark < client.Taken && !MayHaveBeenForgotten(client.Id))
            {
                Report($"segment {segment} begins with mark {mark} of client {client.Id}; its records give {client.Taken}");
            }
        }

        foreach (JournalClient mark in marks.All)
        {
            long before = clients.Find(mark.Id)?.Taken ?? 0;
            if (mark.Taken > before)
            {
                _ofMarks.Add(new LostRange(mark.Id, before + 1, mark.Taken));
            }
        }
    }

    public void OnLoss(long bytes)
    {
        LossCount++;

        // A loss that a segment begins with says that what should come before it is missing; the marks before it know how much.
        JudgeMarks(areKnown: true);
    }

    public void OnMessage(JournalClient client, long sequence, long timeNanoseconds)
    {
        JudgeMarks(areKnown: false);
        _ = _present.Add(client.Id);
        if (sequence > client.Taken + 1)
        {
            Judge(new LostRange(client.Id, client.Taken + 1, sequence - 1), LossCount > _lossesSeen.GetValueOrDefault(client.Id));
        }
        else if (sequence <= client.Taken && !MayHaveBeenForgotten(client.Id))
        {
            Report($"client {client.Id}: {sequence} comes after {client.Taken}");
        }

        NoteLosses(client.Id);
    }

    public void OnForget(JournalClient client, long sequence)
    {
        JudgeMarks(areKnown: false);
        _mayForget = true;
        if (sequence != client.Taken && LossCount == _lossesSeen.GetValueOrDefault(client.Id))
        {
            Report($"client {client.Id}: forgotten at {sequence}; the records before give {client.Taken}");
        }

        if (_present.Remove(client.Id))
        {
            Report($"client {client.Id}: forgotten while messages of it are left");
        }

        NoteLosses(client.Id);
    }

    /// <summary>Nothing more follows.</summary>
    public void Finish() => JudgeMarks(areKnown: false);

    /// <summary>Judges what the marks of the last segment said to be missing, now that the record behind them is known.</summary>
    private void JudgeMarks(bool areKnown)
    {
        foreach (LostRange missing in _ofMarks)
        {
            Judge(missing, areKnown || LossCount > _lossesSeen.GetValueOrDefault(missing.Client));
            NoteLosses(missing.Client);
        }

        _ofMarks.Clear();
    }

    /// <summary>Whether a loss since the last record of a client may hide that it was forgotten.</summary>
    private bool MayHaveBeenForgotten(string client) => _mayForget && LossCount > _lossesSeen.GetValueOrDefault(client);

    private void NoteLosses(string client)
    {
        if (LossCount > 0)
        {
            _lossesSeen[client] = LossCount;
        }
    }

    private void Judge(LostRange missing, bool isKnown)
    {
        if (!isKnown)
        {
            Report($"{missing}: missing");
        }
        else if (_lost.Count < MaxListed)
        {
            _lost.Add(missing);
        }
    }

    private void Report(string problem)
    {
        ProblemCount++;
        if (_problems.Count < MaxListed)
        {
            _problems.Add(problem);
        }
    }
}
