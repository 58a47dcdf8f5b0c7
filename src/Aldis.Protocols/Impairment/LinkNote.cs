namespace Aldis.Protocols.Impairment;

/// <summary>One decision of a relay, for those who log, count or show it.</summary>
/// <param name="Direction">Which way.</param>
/// <param name="Client">Number of the client or connection, counted from 1 as they came.</param>
/// <param name="Unit">Number of the datagram of this client in this direction, counted from 0; on a stream the offset of its first
/// byte.</param>
/// <param name="Length">Its bytes; 0 for what befalls a connection and no byte of it.</param>
/// <param name="Verdict">What was decided.</param>
/// <param name="NowNanoseconds">When, in monotonic time.</param>
internal readonly record struct LinkNote(
    LinkDirection Direction, long Client, long Unit, int Length, LinkVerdict Verdict, long NowNanoseconds);

/// <summary>Is told of every decision of a relay.</summary>
internal interface ILinkObserver
{
    /// <summary>Takes a decision. Called on the relay's own threads, for streams on several at once: must be quick, and never
    /// throw.</summary>
    /// <param name="note">The decision.</param>
    void OnDecision(in LinkNote note);
}

/// <summary>Decisions that were taken before and are given back in place of new ones.</summary>
internal interface ILinkReplay
{
    /// <summary>The decision for one datagram or piece of a stream; called on several threads at once.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="client">Number of the client or connection, counted from 1.</param>
    /// <param name="unit">As <see cref="LinkNote.Unit"/>.</param>
    /// <param name="verdict">What was decided.</param>
    /// <returns>False where nothing was: then it passes as it is.</returns>
    bool TryGet(LinkDirection direction, long client, long unit, out LinkVerdict verdict);
}
