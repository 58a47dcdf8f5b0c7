namespace Aldis.Protocols.Impairment;

/// <summary>Where and how a link breaks a stream: after so many bytes or after so long, whichever comes first.</summary>
public sealed record StreamBreak
{
    /// <summary>Makes one that happens at once; give it a number of bytes or a time to let it happen later.</summary>
    /// <param name="kind">How.</param>
    public StreamBreak(StreamBreakKind kind) => Kind = kind;

    /// <summary>How.</summary>
    public StreamBreakKind Kind { get; }

    /// <summary>When this many bytes have passed in this direction of the connection; 0 or more. Not by bytes where null.</summary>
    public long? AfterBytes { get; init; }

    /// <summary>Whether it waits, after <see cref="AfterBytes"/>, for the next byte, which is lost with it: what the sender said last has
    /// happened, and the receiver does not know it.</summary>
    public bool WaitsForMore { get; init; }

    /// <summary>When this much time has passed since the connection began or the fault was set, whichever is later; from zero to a day.
    /// Not by time where null.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>Whether it waits for neither bytes nor time.</summary>
    internal bool IsAtOnce => AfterBytes is null && After is null;

    internal void Validate()
    {
        LinkOptions.RequireRange(AfterBytes ?? 0, 0, long.MaxValue, nameof(AfterBytes));
        LinkFaults.RequireTime(After ?? TimeSpan.Zero, nameof(After));
        LinkOptions.RequireRange((long)Kind, (long)StreamBreakKind.Stall, (long)StreamBreakKind.Reset, nameof(Kind));
    }
}
