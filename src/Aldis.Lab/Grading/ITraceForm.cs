namespace Aldis.Lab.Grading;

/// <summary>A form in which a trace is written.</summary>
internal interface ITraceForm
{
    /// <summary>What the trace says of itself, as far as it was read.</summary>
    TraceHead Head { get; }

    /// <summary>What happened, in order of time.</summary>
    IReadOnlyList<GradedEvent> Events { get; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, not empty, without space around it.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <exception cref="FormatException">It is none of this form.</exception>
    void Take(ReadOnlySpan<char> line, long number);
}
