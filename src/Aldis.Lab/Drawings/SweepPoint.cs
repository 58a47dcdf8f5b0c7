using Aldis.Lab.Experiments;

namespace Aldis.Lab.Drawings;

/// <summary>One run of a sweep.</summary>
/// <param name="Value">Of the parameter; see <see cref="SweepParameter"/> for its unit.</param>
/// <param name="Summary">The run.</param>
public sealed record SweepPoint(double Value, LabSummary Summary);
