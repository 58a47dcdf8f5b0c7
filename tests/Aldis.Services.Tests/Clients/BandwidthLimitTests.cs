using Aldis.Services.Clients;
using Aldis.Tests;

namespace Aldis.Services.Tests.Clients;

/// <summary>A client that is told how fast it may write.</summary>
public sealed class BandwidthLimitTests
{
    [Theory]
    [InlineData(1024)]
    [InlineData(1024 * 1024)]
    [InlineData(10L * 1024 * 1024 * 1024)]
    public async Task What_is_written_keeps_to_the_rate(long bytesPerSecond)
    {
        var time = new VirtualTime();
        time.Advance(TimeSpan.FromHours(1));
        TimeSpan start = time.Now;
        var limit = new BandwidthLimit(bytesPerSecond, time);
        long written = 0;
        while (time.Now - start < TimeSpan.FromSeconds(5))
        {
            Task waiting = limit.WaitAsync(limit.PieceBytes, TestContext.Current.CancellationToken).AsTask();
            while (!waiting.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
            }

            await waiting;
            written += limit.PieceBytes;
        }

        // What was saved up at the beginning comes on top.
        Assert.InRange(written, 4.9 * bytesPerSecond, (5.2 * bytesPerSecond) + (2 * limit.PieceBytes));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_told_to()
    {
        var limit = new BandwidthLimit(1, new VirtualTime());
        using var stop = new CancellationTokenSource();
        await limit.WaitAsync(limit.PieceBytes, stop.Token);
        Task waiting = limit.WaitAsync(1, stop.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
