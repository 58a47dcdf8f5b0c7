using Aldis.Services.Journal;

namespace Aldis.Services.Tests.Journal;

public sealed class RetentionRuleTests
{
    private static readonly SegmentInfo[] Segments = [new(1, 100, Seconds(10)), new(2, 100, Seconds(20)), new(3, 100, Seconds(30))];

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData(300L, null, 0)]
    [InlineData(299L, null, 1)]
    [InlineData(100L, null, 2)]
    [InlineData(0L, null, 2)]
    [InlineData(null, 90, 0)]
    [InlineData(null, 89, 1)]
    [InlineData(null, 79, 2)]
    [InlineData(null, 1, 2)]
    [InlineData(299L, 79, 2)]
    public void Segments_go_oldest_first_while_too_large_or_too_old_and_never_the_last(long? bytes, int? ageSeconds, int expired) =>
        Assert.Equal(expired, RetentionRule.CountExpired(
            Segments, bytes, ageSeconds is { } age ? TimeSpan.FromSeconds(age) : null, Seconds(100)));

    private static long Seconds(long seconds) => seconds * 1_000_000_000;
}
