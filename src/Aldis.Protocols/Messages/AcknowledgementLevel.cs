namespace Aldis.Protocols.Messages;

/// <summary>What an acknowledgement says about a message. The server chooses, states it, and never weakens it silently.</summary>
public enum AcknowledgementLevel
{
    /// <summary><c>received</c>: parsed; lost with the process.</summary>
    Received,

    /// <summary><c>stored</c>: written; survives the process.</summary>
    Stored,

    /// <summary><c>durable</c>: written and synced; survives a power cut.</summary>
    Durable,

    /// <summary><c>replicated</c>: a quorum of a cluster has it.</summary>
    Replicated,
}
