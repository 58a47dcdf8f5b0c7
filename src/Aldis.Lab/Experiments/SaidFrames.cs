namespace Aldis.Lab.Experiments;

/// <summary>What an acknowledgement says.</summary>
/// <param name="Next">The first frame that the receiver does not have; null: it does not say.</param>
/// <param name="Named">Other frames that it has, or that arrived.</param>
internal sealed record SaidFrames(long? Next, IReadOnlyList<long> Named);
