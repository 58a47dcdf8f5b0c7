namespace Aldis.Protocols.Arq;

/// <summary>Counts the elementary steps of the engine's loops: one for each stretch, packet, range or level of a heap that a loop looks
/// at or moves. Work outside of loops is constant and not counted. Tests hold it against bounds (docs/verification.md).</summary>
internal struct StepCounter
{
    /// <summary>Steps since the start.</summary>
    public long Total { get; private set; }

    public void Add(long steps) => Total += steps;
}
