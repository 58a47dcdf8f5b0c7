namespace Aldis.Protocols.Files;

/// <summary>Hears what a source learns, at once.</summary>
internal interface IFileSenderObserver
{
    /// <summary>The receiver said what it wants of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="answer">What it wants; of <see cref="TransferUnitKind.Have"/> and <see cref="TransferUnitKind.Nak"/>
    /// <see cref="HandleSettled"/> tells.</param>
    void HandleAnswer(int entry, in EntryAnswer answer);

    /// <summary>Everything of a file before an offset is verified and durable.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">The offset.</param>
    void HandleVerified(int entry, long offset);

    /// <summary>An entry is settled, for this connection and all that follow.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="outcome">How.</param>
    void HandleSettled(int entry, in EntryOutcome outcome);
}
