namespace Aldis.Lab.Experiments;

/// <summary>A closed form; docs/verification.md says how the engine is held against each.</summary>
public enum LabTheoryForm : byte
{
    /// <summary>Stop-and-wait whose timer fires when the acknowledgement should have come: G* = L · (1 − P) / S.</summary>
    StopAndWaitIdealTimer = 0,

    /// <summary>Stop-and-wait with a constant time-out: G(TO) = L / (S + TO · P / (1 − P)).</summary>
    StopAndWaitFixedTimer = 1,

    /// <summary>Go-back-N with a window of any size: <see cref="Protocols.Arq.Theory.GoBackNTheory.WindowedGoodput"/>.</summary>
    GoBackN = 2,

    /// <summary>Selective repeat: between W / (K · E_max) and min(1, W / K) · (1 − p), times L / (L + H).</summary>
    SelectiveRepeatInterval = 3,
}
