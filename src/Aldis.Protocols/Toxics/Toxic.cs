namespace Aldis.Protocols.Toxics;

/// <summary>A toxic of a proxy.</summary>
/// <param name="Name">Its name, which no other toxic of the proxy has.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Stream">In which direction.</param>
/// <param name="Toxicity">The share of connections that it works on, from 0 to 1.</param>
/// <param name="Values">The values of the kind's attributes, in their order.</param>
internal sealed record Toxic(string Name, ToxicKind Kind, ToxicStream Stream, double Toxicity, IReadOnlyList<double> Values)
{
    /// <summary>The value of an attribute.</summary>
    /// <param name="index">Its place in <see cref="ToxicKind.Attributes"/>.</param>
    public double this[int index] => Values[index];

    /// <summary>What the answer says beside the toxic where it does something else than its name says; null where it does not.</summary>
    /// <param name="isDatagrams">Whether the proxy is one of UDP.</param>
    /// <returns>A sentence, or null.</returns>
    public string? Note(bool isDatagrams) => isDatagrams || Kind != ToxicKind.PacketLoss ? null
        : "TCP bytes are never dropped: a piece that would be lost comes later by the time that its retransmission takes.";
}
