namespace Aldis.Journal.Embedded;

/// <summary>Sees what a <see cref="JournalScan"/> sees, before the scan acts on it.</summary>
internal interface IScanObserver
{
    /// <summary>A segment other than the first begins.</summary>
    /// <param name="segment">Its number.</param>
    /// <param name="marks">The marks it begins with.</param>
    /// <param name="clients">What the segments before it gave.</param>
    void OnSegment(long segment, ClientTable marks, ClientTable clients);

    /// <summary>A repair left something out here.</summary>
    /// <param name="bytes">How many bytes; 0 where a segment was missing.</param>
    void OnLoss(long bytes);

    /// <summary>A message of a native client.</summary>
    /// <param name="client">The client, as it was before the message.</param>
    /// <param name="sequence">The message's number.</param>
    void OnMessage(JournalClient client, long sequence);
}
