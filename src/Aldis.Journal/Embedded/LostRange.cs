namespace Aldis.Journal.Embedded;

/// <summary>Sequence numbers of one client that are missing.</summary>
/// <param name="Client">The client's id.</param>
/// <param name="First">First missing sequence number.</param>
/// <param name="Last">Last missing sequence number.</param>
public sealed record LostRange(string Client, long First, long Last)
{
    /// <inheritdoc/>
    public override string ToString() => First == Last ? $"client {Client}: {First}" : $"client {Client}: {First} to {Last}";
}
