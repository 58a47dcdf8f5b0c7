namespace Aldis.Postgres.Queueing;

/// <summary>What the database says of a client whose lease was taken or renewed.</summary>
/// <param name="Epoch">The epoch from now on.</param>
/// <param name="Lease">What tells this lease from every other.</param>
/// <param name="Last">H: the number of the last message that is stored; 0 for a new client.</param>
/// <param name="Crcs">The CRCs of the last messages, oldest first; the last one is that of <paramref name="Last"/>.</param>
internal sealed record LeaseGrant(long Epoch, Guid Lease, long Last, uint[] Crcs);
