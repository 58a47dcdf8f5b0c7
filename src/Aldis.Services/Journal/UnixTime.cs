namespace Aldis.Services.Journal;

/// <summary>Times in the journal: nanoseconds since 1970-01-01T00:00:00Z.</summary>
internal static class UnixTime
{
    /// <summary>The time a clock shows.</summary>
    public static long Now(TimeProvider clock) => ToNanoseconds(clock.GetUtcNow());

    public static long ToNanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick;

    public static DateTimeOffset ToDateTimeOffset(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
