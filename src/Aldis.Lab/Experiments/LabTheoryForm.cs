namespace Aldis.Lab.Experiments;

/// <summary>A form for the efficiency; docs/verification.md says how the engine is held against each.</summary>
public enum LabTheoryForm : byte
{
    /// <summary>Stop-and-wait with the time-out that is set or measured: G(TO) = L / (S + TO · P / (1 − P)).</summary>
    StopAndWait = 0,

    /// <summary>Go-back-N with a window of any size: <see cref="Protocols.Arq.Theory.GoBackNTheory.WindowedGoodput"/>.</summary>
    GoBackN = 1,

    /// <summary>Selective repeat by a Markov chain of rounds: <see cref="Protocols.Arq.Theory.SelectiveRepeatRounds"/>.</summary>
    SelectiveRepeatRounds = 2,

    /// <summary>Selective repeat with a window too large for that chain, by the mean maximum of geometric numbers:
    /// <see cref="Protocols.Arq.Theory.SelectiveRepeatTheory.WindowedGoodput"/>.</summary>
    SelectiveRepeatApproximation = 3,

    /// <summary>Go-back-N whose acknowledgements are lost too, or whose timer is not the closed form's, by a walk of the Markov chain:
    /// <see cref="Protocols.Arq.Theory.GoBackNWalk"/>.</summary>
    GoBackNWalk = 4,
}
