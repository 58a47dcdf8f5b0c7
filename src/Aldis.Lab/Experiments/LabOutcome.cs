namespace Aldis.Lab.Experiments;

/// <summary>How far a run has come.</summary>
public enum LabOutcome : byte
{
    /// <summary>It goes on.</summary>
    Running = 0,

    /// <summary>Everything was acknowledged.</summary>
    Finished = 1,

    /// <summary>Nothing was acknowledged for so long that nothing will be: <see cref="LabRun.PatienceNanoseconds"/>.</summary>
    GaveUp = 2,

    /// <summary>A century of virtual time went by.</summary>
    OutOfTime = 3,
}
