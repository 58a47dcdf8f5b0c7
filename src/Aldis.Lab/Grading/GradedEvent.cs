namespace Aldis.Lab.Grading;

/// <summary>One event of a trace, as it is judged.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Number">The frame's number; of an acknowledgement the next frame that is asked for; of a timer its frame, or
/// <see cref="Unknown"/>.</param>
internal readonly record struct GradedEvent(GradedEventKind Kind, long Number)
{
    /// <summary>A number or time that the trace does not tell.</summary>
    public const long Unknown = -1;

    /// <summary>The line of the trace, from 1.</summary>
    public long Line { get; init; }

    /// <summary>When, in nanoseconds; or <see cref="Unknown"/>.</summary>
    public long TimeNanoseconds { get; init; } = Unknown;

    /// <summary>The earliest time at which it may have happened, where it was seen from outside; else when it did.</summary>
    public long SinceNanoseconds
    {
        get => field == Unknown ? TimeNanoseconds : field;
        init;
    } = Unknown;

    /// <summary>An acknowledgement: frames behind a gap that came too.</summary>
    public IReadOnlyList<long> Ahead { get; init; } = [];

    /// <summary>An acknowledgement of <c>arq://</c>, which tells of all frames behind a gap that had come when it left: its own number;
    /// else <see cref="Unknown"/>.</summary>
    public long Serial { get; init; } = Unknown;

    /// <summary>A frame: stands for its bytes; or null where they were not seen.</summary>
    public ulong? Content { get; init; }
}
