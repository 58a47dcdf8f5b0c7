namespace Aldis.Lab.Experiments;

/// <summary>What an acknowledgement says.</summary>
/// <param name="Next">The first frame that the receiver does not have.</param>
/// <param name="Ahead">Frames behind that one that it has, upwards.</param>
internal sealed record SaidFrames(long Next, IReadOnlyList<long> Ahead);
