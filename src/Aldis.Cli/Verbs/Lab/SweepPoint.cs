using Aldis.Protocols.Lab;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>One run of a sweep.</summary>
/// <param name="Value">Of the parameter; see <see cref="SweepParameter"/> for its unit.</param>
/// <param name="Summary">The run.</param>
internal sealed record SweepPoint(double Value, LabSummary Summary);
