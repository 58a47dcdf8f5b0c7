using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// Clients that send plain messages at a fixed rate, each from an address of its own, half of them over one connection and half over a new
/// one for each message. Time is measured from when a message was due, and what was due and has no answer at the end has none.
/// </summary>
internal sealed class HonestClients(IPEndPoint server, int count = 50, double perSecond = 5)
{
    /// <summary>How long somebody waits for an answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int Network = 1;

    private readonly Lock _lock = new();
    private readonly List<double> _openMs = [];
    private readonly List<double> _newMs = [];
    private readonly SortedDictionary<string, int> _unanswered = new(StringComparer.Ordinal);
    private long _due;

    /// <summary>Sends one message over a new connection, from an address, and says what was missing; null where its answer came. Where it is
    /// given, all messages are sent so.</summary>
    public Func<IPAddress, Task<string?>>? Ask { get; init; }

    /// <summary>Messages that were due.</summary>
    public long Due => Interlocked.Read(ref _due);

    /// <summary>Messages that were answered in time.</summary>
    public long Answered
    {
        get
        {
            lock (_lock)
            {
                return _openMs.Count + _newMs.Count;
            }
        }
    }

    /// <summary>Percent of the messages that were answered in time.</summary>
    public double Percent => Due == 0 ? 0 : Math.Floor(10_000.0 * Answered / Due) / 100;

    /// <summary>Sends until the time is over.</summary>
    public Task RunAsync(TimeSpan time) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => RunAsync(number, (int)(time.TotalSeconds * perSecond))));

    /// <summary>Adds what they saw to a verdict.</summary>
    /// <param name="verdict">It.</param>
    /// <param name="name">What they are called there.</param>
    public void Tell(Verdict verdict, string name = "honest")
    {
        verdict.Tell($"{name}_due", Due);
        verdict.Check($"{name}_percent", Percent, Percent >= 99);
        verdict.Tell($"{name}_unanswered", string.Join(',', _unanswered.Select(static each => $"{each.Key}:{each.Value}")));
        verdict.Tell($"{name}_p99_open_ms", Percentile(_openMs, 0.99));
        verdict.Tell($"{name}_p99_new_ms", Percentile(_newMs, 0.99));
    }

    /// <summary>A percentile of some times, 0 where there are none.</summary>
    public static double Percentile(IReadOnlyCollection<double> times, double share)
    {
        double[] sorted = [.. times.Order()];
        return sorted.Length == 0 ? 0 : Math.Round(sorted[(int)(sorted.Length * share)], 1);
    }

    /// <summary>Sends one message over a new connection.</summary>
    /// <returns>Whether its answer came.</returns>
    public static async Task<bool> AskOnceAsync(IPEndPoint server, IPAddress from)
    {
        using var patience = new CancellationTokenSource(Patience);
        return (await AskAsync(null, server, from, keep: false, patience.Token)).Failure is null;
    }

    private static async Task<(Socket? Open, string? Failure)> AskAsync(Socket? open, IPEndPoint server, IPAddress from, bool keep, CancellationToken cancellation)
    {
        Socket? socket = open;
        string? failure = "connecting";
        try
        {
            socket ??= await Wire.ConnectAsync(server, from, cancellation);
            failure = await Wire.TrySendAsync(socket, Wire.Message("honest"), cancellation)
                && await Wire.ReceiveAsync(socket, new byte[Wire.AnswerBytes], cancellation) == Wire.AnswerBytes ? null
                : cancellation.IsCancellationRequested ? "silent"
                : "ended";
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Refused, or no connection in time.
        }

        if (failure is not null || !keep)
        {
            socket?.Dispose();
            socket = null;
        }

        return (socket, failure);
    }

    private async Task RunAsync(int number, int messages)
    {
        bool keepsOpen = Ask is null && number % 2 == 0;
        IPAddress from = Wire.From(Network, number + 1);
        TimeSpan period = TimeSpan.FromSeconds(1 / perSecond);
        TimeSpan first = period * ((double)number / count);
        long begin = Stopwatch.GetTimestamp();
        Socket? open = null;
        for (int message = 0; message < messages; message++)
        {
            TimeSpan due = first + (message * period);
            TimeSpan wait = due - Stopwatch.GetElapsedTime(begin);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            Interlocked.Increment(ref _due);
            using var patience = new CancellationTokenSource(Patience);
            string? failure;
            if (Ask is null)
            {
                (open, failure) = await AskAsync(open, server, from, keepsOpen, patience.Token);
            }
            else
            {
                failure = await Ask(from);
            }

            TimeSpan took = Stopwatch.GetElapsedTime(begin) - due;
            Note(keepsOpen, took, took > Patience ? failure ?? "late" : failure);
        }

        open?.Dispose();
    }

    private void Note(bool isOpen, TimeSpan took, string? failure)
    {
        lock (_lock)
        {
            if (failure is null)
            {
                (isOpen ? _openMs : _newMs).Add(took.TotalMilliseconds);
            }
            else
            {
                string name = (isOpen ? "open-" : "new-") + failure;
                _unanswered[name] = _unanswered.GetValueOrDefault(name) + 1;
            }
        }
    }
}
