namespace Aldis.Journal.Embedded;

/// <summary>Sees what a <see cref="JournalScan"/> sees, before the scan acts on it.</summary>
internal interface IScanObserver
{
    /// <summary>A segment begins.</summary>
    /// <param name="segment">Its number.</param>
    /// <param name="version">Its version.</param>
    /// <param name="marks">The marks it begins with.</param>
    /// <param name="clients">What the segments before it gave; for the first one its own marks.</param>
    void OnSegment(long segment, uint version, ClientTable marks, ClientTable clients);

    /// <summary>A repair left something out here.</summary>
    /// <param name="bytes">How many bytes; 0 where a segment was missing.</param>
    void OnLoss(long bytes);

    /// <summary>A message of a native client.</summary>
    /// <param name="client">The client, as it was before the message.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="timeNanoseconds">Its time of receipt.</param>
    void OnMessage(JournalClient client, long sequence, long timeNanoseconds);

    /// <summary>A client is forgotten.</summary>
    /// <param name="client">The client, as it was before.</param>
    /// <param name="sequence">The highest number that was stored of it, as the record says.</param>
    void OnForget(JournalClient client, long sequence);
}
