using System.Globalization;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Cli.Verbs.Send;

/// <summary>
/// What <c>--skip-taken</c> leaves out: as many messages of the input as the outbox ever took, which must be the very messages it took
/// (docs/protocols/outbox.md section 7).
/// </summary>
/// <param name="outbox">The outbox's directory, for people.</param>
/// <param name="count">How many messages it took; 0 to leave out none.</param>
/// <param name="digest">Their digest; null where the outbox does not know it.</param>
internal sealed class TakenLines(string? outbox, long count, LineDigest? digest)
{
    private LineDigest _skipped;

    /// <summary>How many messages were left out.</summary>
    public long Skipped => _skipped.Lines;

    /// <summary>Why nothing of the input may be sent, as far as it was read; null where nothing speaks against it.</summary>
    public string? Fault => Skipped == count && digest is not null && _skipped != digest
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the first {count} messages of the input are not the {count} that the outbox {outbox} took: the input was rotated or replaced. ")
            + Advice
        : null;

    private static string Advice => "Nothing of it was sent. To send all it has as new messages, leave out --skip-taken.";

    /// <summary>Looks at the next message of the input.</summary>
    /// <param name="message">The message.</param>
    /// <returns>True if it is one of those that are left out.</returns>
    public bool TrySkip(ReadOnlySpan<byte> message)
    {
        if (Skipped == count)
        {
            return false;
        }

        _skipped = _skipped.Add(message);
        return true;
    }

    /// <summary>Judges the input at its end.</summary>
    /// <returns>Why it cannot be the one that was to be gone on with; null if it can.</returns>
    public string? FaultAtEnd() => Skipped < count
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the input has {Skipped} messages, and the outbox {outbox} took {count} before: the input was rotated or truncated. ") + Advice
        : Fault;
}
