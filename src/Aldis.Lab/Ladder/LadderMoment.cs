using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>
/// One moment of a ladder: a departure and the arrival that follows are two, with everything between them that happened meanwhile.
/// </summary>
/// <param name="Step">The arrow or mark; it knows more than anybody can know in this moment.</param>
/// <param name="Kind">Which part of it.</param>
internal readonly record struct LadderMoment(LadderStep Step, LadderMomentKind Kind)
{
    /// <summary>When.</summary>
    public long TimeNanoseconds => Kind == LadderMomentKind.Arrival ? Step.ArrivalNanoseconds : Step.TimeNanoseconds;

    /// <summary>Where: at a side, or on the link that loses something.</summary>
    public TraceSide Side => (Kind, Step.Side) switch
    {
        (LadderMomentKind.Loss, TraceSide.Client) => TraceSide.LinkToServer,
        (LadderMomentKind.Loss, _) => TraceSide.LinkToClient,
        (LadderMomentKind.Arrival, TraceSide.Client) => TraceSide.Server,
        (LadderMomentKind.Arrival, _) => TraceSide.Client,
        _ => Step.Side,
    };

    /// <summary>Whether it is the departure of a frame that was sent before.</summary>
    public bool IsRepetition => Kind == LadderMomentKind.Departure && Step.IsRepetition;
}
