using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages.Outbox;

/// <summary>What an outbox knows beside its lines; every segment begins with it.</summary>
internal sealed record OutboxContent
{
    /// <summary>Random, chosen when the outbox is created; keeps lines from being taken for records.</summary>
    public required uint Salt { get; init; }

    /// <summary>The id the messages are numbered under.</summary>
    public required string ClientId { get; init; }

    /// <summary>Number of the last line taken.</summary>
    public long Taken { get; private set; }

    /// <summary>The digest of all lines taken; null in an outbox whose first lines an older version took.</summary>
    public LineDigest? Digest { get; private set; } = default(LineDigest);

    /// <summary>Number of the last batch written.</summary>
    public long Batch { get; set; }

    /// <summary>The numbering.</summary>
    public SenderState State { get; private set; }

    /// <summary>Items refused for good that are not behind the settled ones yet.</summary>
    public SortedSet<long> Refused { get; } = [];

    /// <summary>
    /// Whether what it says can be true together: numbers that do not run backwards, refused items among those that wait, and an item
    /// for every number that was given.
    /// </summary>
    public bool IsConsistent =>
        Taken >= 0
        && Batch >= 0
        && State.AcknowledgedItem >= 0
        && State.AcknowledgedItem <= Taken
        && State.Acknowledged >= 0
        && State.Assigned >= State.Acknowledged
        && Refused.All(item => item > State.AcknowledgedItem && item <= Taken)
        && State.Assigned - State.Acknowledged <= Waiting;

    /// <summary>How many items wait for their acknowledgement.</summary>
    private long Waiting => Taken - State.AcknowledgedItem - Refused.Count;

    /// <summary>Begins where a header says.</summary>
    public void Begin(long taken, LineDigest? digest) => (Taken, Digest) = (taken, digest);

    /// <summary>Takes a line.</summary>
    public void Take(ReadOnlySpan<byte> line)
    {
        Taken++;
        Digest = Digest?.Add(line);
    }

    /// <summary>Takes lines whose digest is known already.</summary>
    public void Take(int lines, LineDigest? digest) => (Taken, Digest) = (Taken + lines, digest);

    /// <summary>Takes a state and forgets what lies behind it.</summary>
    public void Apply(SenderState state)
    {
        State = state;
        _ = Refused.RemoveWhere(item => item <= state.AcknowledgedItem);
    }

    /// <summary>
    /// Version 1 wrote a refusal before the state that follows from it, so that a torn tail could keep the one without the other: then fewer
    /// items wait than have numbers. The numbers of what the server refused go to the next items.
    /// </summary>
    public void AllowForLostState()
    {
        if (Waiting >= 0 && State.Assigned - State.Acknowledged > Waiting)
        {
            State = State with { Assigned = State.Acknowledged + Waiting };
        }
    }
}
