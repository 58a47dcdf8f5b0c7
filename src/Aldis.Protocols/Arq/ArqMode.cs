namespace Aldis.Protocols.Arq;

/// <summary>The three textbook strategies of automatic repeat request; the numbers are those of the wire (docs/arq.md, PARAMS).</summary>
public enum ArqMode : byte
{
    /// <summary>Many packets in flight, each acknowledged for itself; only what was lost is sent again.</summary>
    SelectiveRepeat = 0,

    /// <summary>Many frames in flight, acknowledged cumulatively; a loss sends everything from the lost frame on again.</summary>
    GoBackN = 1,

    /// <summary>One frame in flight; the next leaves when the one before it is acknowledged.</summary>
    StopAndWait = 2,
}
