namespace Aldis.Protocols.Impairment;

/// <summary>Faults that fall upon a share of the clients of a relay. Several lie behind one another.</summary>
/// <param name="Name">Tells them apart; decides with the seed which clients they fall upon.</param>
/// <param name="Faults">What they do.</param>
/// <param name="Share">The probability that a client, or a connection, has them; from 0 to 1.</param>
/// <param name="Clients">The numbers of the clients that may have them, counted from 1; all where null.</param>
internal sealed record LinkLayer(string Name, LinkFaults Faults, double Share = 1, Predicate<long>? Clients = null);
