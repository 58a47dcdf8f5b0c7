using Aldis.Protocols.Measurement;

namespace Aldis.Journal.Stores;

/// <summary>
/// A store, or one connection's way into it, that notes how long messages wait for their acknowledgement: from when one was taken to when
/// its level was reached and its answer may be sent.
/// </summary>
internal interface IAcknowledgementTimes
{
    /// <summary>The times so far. By any thread.</summary>
    /// <returns>Null where none was noted yet.</returns>
    LatencyHistogram? ReadTimes();
}
