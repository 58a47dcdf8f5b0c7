namespace Aldis.Journal.Embedded;

/// <summary>Times in the journal: nanoseconds since 1970-01-01T00:00:00Z.</summary>
internal static class UnixTime
{
    /// <summary>The time a clock shows.</summary>
    public static long Now(TimeProvider clock) => ToNanoseconds(clock.GetUtcNow());

    /// <summary>A time as nanoseconds; what lies outside the years 1677 to 2262 is the nearest that can be said.</summary>
    public static long ToNanoseconds(DateTimeOffset time)
    {
        const long Limit = long.MaxValue / TimeSpan.NanosecondsPerTick;
        return Math.Clamp(time.UtcTicks - DateTime.UnixEpoch.Ticks, -Limit, Limit) * TimeSpan.NanosecondsPerTick;
    }

    public static DateTimeOffset ToDateTimeOffset(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
