namespace Aldis.Services.Journal;

/// <summary>
/// Checks that each client's messages are there without gap or repeat, and that the marks of the segments agree with them.
/// </summary>
internal sealed class SequenceCheck : IScanObserver
{
    private const int MaxListed = 100;

    private readonly List<string> _problems = [];
    private readonly List<LostRange> _lost = [];

    /// <summary>Number of problems.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>The first of them, in words.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The first sequence numbers that are missing.</summary>
    public IReadOnlyList<LostRange> Lost => _lost;

    public void OnSegment(long segment, ClientTable marks, ClientTable clients)
    {
        foreach (JournalClient client in clients.All)
        {
            long mark = marks.Find(client.Id)?.Taken ?? 0;
            if (mark < client.Taken)
            {
                Report($"segment {segment} begins with mark {mark} of client {client.Id}; its records give {client.Taken}");
            }
        }

        foreach (JournalClient mark in marks.All)
        {
            long before = clients.Find(mark.Id)?.Taken ?? 0;
            if (mark.Taken > before)
            {
                ReportMissing(mark.Id, before + 1, mark.Taken);
            }
        }
    }

    public void OnMessage(JournalClient client, long sequence)
    {
        if (sequence > client.Taken + 1)
        {
            ReportMissing(client.Id, client.Taken + 1, sequence - 1);
        }
        else if (sequence <= client.Taken)
        {
            Report($"client {client.Id}: {sequence} comes after {client.Taken}");
        }
    }

    private void ReportMissing(string client, long first, long last)
    {
        Report($"client {client}: {first} to {last} are missing");
        if (_lost.Count < MaxListed)
        {
            _lost.Add(new LostRange(client, first, last));
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
