namespace Aldis.Protocols.Trials;

/// <summary>How the time of a trial is divided. What is left of it is for what is still on its way behind a transfer.</summary>
/// <param name="Connecting">For opening connections.</param>
/// <param name="WarmUp">For round trips that are not counted: programs that compile while they run have done it then.</param>
/// <param name="RoundTrips">For round trips.</param>
/// <param name="Transfer">For a transfer one way.</param>
/// <param name="Flood">For datagrams as fast as they can be sent.</param>
/// <param name="SlowReader">For a transfer to a reader who is slow.</param>
internal sealed record TrialTimes(
    TimeSpan Connecting, TimeSpan WarmUp, TimeSpan RoundTrips, TimeSpan Transfer, TimeSpan Flood, TimeSpan SlowReader)
{
    /// <summary>All that is sent in, together.</summary>
    public TimeSpan Total => Connecting + WarmUp + RoundTrips + Transfer + Flood + SlowReader;

    /// <summary>Those of a trial over streams.</summary>
    /// <param name="duration">Of the whole trial.</param>
    public static TrialTimes OfStreams(TimeSpan duration) =>
        new(duration * 0.08, duration * 0.04, duration * 0.3, duration * 0.3, TimeSpan.Zero, duration * 0.08);

    /// <summary>Those of a trial over datagrams, which have nothing to connect.</summary>
    /// <param name="duration">Of the whole trial.</param>
    public static TrialTimes OfDatagrams(TimeSpan duration) =>
        new(TimeSpan.Zero, duration * 0.04, duration * 0.33, duration * 0.24, duration * 0.12, duration * 0.08);
}
