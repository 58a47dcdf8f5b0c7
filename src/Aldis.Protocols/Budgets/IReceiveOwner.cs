namespace Aldis.Protocols.Budgets;

/// <summary>The connection behind a <see cref="ReceiveAccount"/>, as the budget sees it. Both are read by any thread, at any time.</summary>
internal interface IReceiveOwner
{
    /// <summary>Whether nothing but its peer holds it up: a read waits for bytes, or a flush for a peer that does not take them. While the
    /// application is at work, or waits for a store or for another connection, it does not.</summary>
    bool AwaitsPeer { get; }

    /// <summary>Bytes that passed in either direction, from 0; never falls.</summary>
    long MovedBytes { get; }
}
