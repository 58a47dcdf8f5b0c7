using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Tests.Fairness;

/// <summary>A rate that somebody keeps by waiting.</summary>
public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(1024, 1)]
    [InlineData(1_000_000, 65_536)]
    [InlineData(10_000_000_000, 262_144)]
    public void Who_waits_as_long_as_he_is_told_keeps_the_rate_and_never_waits_in_vain(long perSecond, int piece)
    {
        var bucket = new TokenBucket(perSecond, piece);
        long now = Second;
        long taken = 0;
        while (now < 11 * Second)
        {
            now += bucket.NsUntilFree(now);
            Assert.True(bucket.TryTake(now, piece));
            taken += piece;
        }

        Assert.InRange(taken, 9.9 * perSecond, (10.1 * perSecond) + (2 * piece));
    }

    [Fact]
    public void Where_some_are_there_nobody_waits() => Assert.Equal(0, new TokenBucket(1, 1).NsUntilFree(5));
}
