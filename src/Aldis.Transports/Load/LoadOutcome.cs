using Aldis.Protocols.Load;

namespace Aldis.Transports.Load;

/// <summary>What came of a load.</summary>
/// <param name="Tally">Its books.</param>
/// <param name="StartedAt">When it began, by the clock of the machine.</param>
/// <param name="Measured">How long was measured, by a clock that nobody sets.</param>
/// <param name="OpenConnections">Connections that were open at its end.</param>
/// <param name="ClockJump">How far the clock of the machine was set meanwhile; zero where it was not.</param>
/// <param name="IsInterrupted">Whether the user ended it before its time.</param>
internal sealed record LoadOutcome(
    LoadTally Tally, DateTimeOffset StartedAt, TimeSpan Measured, int OpenConnections, TimeSpan ClockJump, bool IsInterrupted)
{
    /// <summary>Answers a second.</summary>
    public double Rate => Measured > TimeSpan.Zero ? Tally.AnsweredInTime / Measured.TotalSeconds : 0;
}
