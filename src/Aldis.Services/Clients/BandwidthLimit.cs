using Aldis.Protocols.Fairness;

namespace Aldis.Services.Clients;

/// <summary>Keeps what is written to a rate, by waiting before each piece. One writer at a time.</summary>
internal sealed class BandwidthLimit
{
    private const int LongestPiece = 64 * 1024;
    private const int ShortestPiece = 512;
    private const int PiecesPerSecond = 20;

    // What is saved up while a timer rings late; at a high rate that is more than a piece.
    private const int SavedPerSecond = 10;

    private readonly TimeProvider _clock;
    private TokenBucket _bucket;

    /// <summary>Makes the limit.</summary>
    /// <param name="bytesPerSecond">The rate, at least 1.</param>
    /// <param name="clock">What time it is.</param>
    public BandwidthLimit(long bytesPerSecond, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        _clock = clock;
        PieceBytes = (int)Math.Clamp(bytesPerSecond / PiecesPerSecond, ShortestPiece, LongestPiece);
        _bucket = new TokenBucket(bytesPerSecond, Math.Max(PieceBytes, bytesPerSecond / SavedPerSecond));
    }

    /// <summary>The most bytes to write at once, so that they leave evenly.</summary>
    public int PieceBytes { get; }

    /// <summary>Waits until some bytes may be written, and counts them.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        while (!_bucket.TryTake(NowNs, bytes))
        {
            // Timers have milliseconds: a shorter wait would end too soon, and be waited for again and again.
            var wait = TimeSpan.FromMilliseconds(Math.Ceiling(_bucket.NsUntilFree(NowNs) / 1e6));
            await Task.Delay(wait, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private long NowNs => _clock.GetElapsedTime(0).Ticks * TimeSpan.NanosecondsPerTick;
}
