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
    public long Taken { get; set; }

    /// <summary>Number of the last batch written.</summary>
    public long Batch { get; set; }

    /// <summary>The numbering.</summary>
    public SenderState State { get; private set; }

    /// <summary>Items refused for good that are not behind the acknowledged ones yet.</summary>
    public SortedSet<long> Refused { get; } = [];

    /// <summary>Takes a state and forgets what lies behind it.</summary>
    public void Apply(SenderState state)
    {
        State = state;
        _ = Refused.RemoveWhere(item => item <= state.AcknowledgedItem);
    }
}
