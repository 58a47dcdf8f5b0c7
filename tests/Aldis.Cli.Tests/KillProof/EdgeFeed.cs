using System.Diagnostics;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// The standard input of one run: a FIFO that is held open for reading here too, so that what the sender left in it can be counted when
/// the sender has ended.
/// </summary>
internal sealed class EdgeFeed : IDisposable
{
    private readonly Stopwatch _time;
    private readonly FileStream _writer;
    private readonly FileStream _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(long End, TimeSpan At)> _given = [];
    private long _lastGivenTicks;
    private volatile bool _ended;

    private EdgeFeed(string path, Stopwatch time)
    {
        Path = path;
        _time = time;

        // Opened for both first, since either alone waits for the other.
        using FileStream both = Open(path, FileAccess.ReadWrite);
        _writer = Open(path, FileAccess.Write);
        _reader = Open(path, FileAccess.Read);
        Volatile.Write(ref _lastGivenTicks, time.Elapsed.Ticks);
    }

    public string Path { get; }

    /// <summary>When a line was last written, or the input ended.</summary>
    public TimeSpan LastGiven => TimeSpan.FromTicks(Volatile.Read(ref _lastGivenTicks));

    /// <summary>Whether all was written and the input has ended.</summary>
    public bool HasEnded => _ended;

    /// <summary>Whole lines that were written.</summary>
    public int Given => _given.Count;

    /// <summary>Makes the FIFO.</summary>
    public static async Task<EdgeFeed> CreateAsync(string path, Stopwatch time)
    {
        using Process process = Process.Start("mkfifo", [path]);
        await process.WaitForExitAsync();
        return new EdgeFeed(path, time);
    }

    /// <summary>Writes the lines and ends the input.</summary>
    /// <param name="lines">Without their newlines.</param>
    /// <param name="plan">When they come.</param>
    /// <param name="goesOn">Whether lines that flow go on.</param>
    public async Task FeedAsync(IEnumerable<byte[]> lines, RoundPlan plan, Func<int, bool> goesOn)
    {
        long written = 0;
        try
        {
            foreach ((int index, byte[] line) in lines.Index())
            {
                if (plan.Feed == FeedKind.Flow && !goesOn(index))
                {
                    break;
                }

                await Task.Delay(plan.GapBefore(index), _stop.Token);
                await _writer.WriteAsync((byte[])[.. line, (byte)'\n'], _stop.Token);
                written += line.Length + 1;
                _given.Add((written, _time.Elapsed));
                Volatile.Write(ref _lastGivenTicks, _time.Elapsed.Ticks);
            }

            _ended = true;
            Volatile.Write(ref _lastGivenTicks, _time.Elapsed.Ticks);
        }
        catch (OperationCanceledException)
        {
            // The sender has ended.
        }

        await _writer.DisposeAsync();
    }

    /// <summary>After the sender has ended: stops feeding and counts the lines that it read.</summary>
    /// <param name="feeding">The task of <see cref="FeedAsync"/>.</param>
    /// <param name="before">Lines given later than this do not count: the sender may have been on its way out.</param>
    public async Task<int> CountConsumedAsync(Task feeding, TimeSpan before)
    {
        int given = _given.Count;
        await _stop.CancelAsync();
        long left = 0;
        byte[] rest = new byte[64 * 1024];
        for (int read; (read = await _reader.ReadAsync(rest)) > 0;)
        {
            left += read;
        }

        await feeding;

        // A write that was waiting for room is in the rest, and perhaps in none of the lines that count as given.
        long total = _given.Count == 0 ? 0 : _given[^1].End;
        long consumed = total - left;
        return _given.Take(given).Count(line => line.End <= consumed && line.At < before);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _stop.Dispose();
    }

    private static FileStream Open(string path, FileAccess access) => new(path, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0);
}
