namespace Aldis.Protocols.Impairment;

/// <summary>How a link breaks a stream.</summary>
public enum StreamBreakKind
{
    /// <summary>Nothing more passes in this direction, and nobody is told: the connection stays open.</summary>
    Stall,

    /// <summary>The receiver sees the end of the stream; the other direction goes on. What the sender says from there on is read and
    /// thrown away.</summary>
    HalfClose,

    /// <summary>Both sides see the end of the stream.</summary>
    Close,

    /// <summary>Both sides see the connection reset (RST).</summary>
    Reset,
}
