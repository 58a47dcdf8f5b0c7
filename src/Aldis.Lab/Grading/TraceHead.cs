using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>What a trace says of itself, or a command line of it: what is null nobody says.</summary>
internal sealed record TraceHead
{
    /// <summary>The strategy.</summary>
    public ArqMode? Strategy { get; init; }

    /// <summary>Frames of the window.</summary>
    public int? Window { get; init; }

    /// <summary>Frames in all.</summary>
    public long? Frames { get; init; }

    /// <summary>The time-out in nanoseconds.</summary>
    public long? TimeoutNanoseconds { get; init; }

    /// <summary>Bits of the numbers of frames.</summary>
    public int? NumberBits { get; init; }

    /// <summary>What this says, and where it says nothing, what another does.</summary>
    /// <param name="other">The other.</param>
    public TraceHead Or(TraceHead other) => new()
    {
        Strategy = Strategy ?? other.Strategy,
        Window = Window ?? other.Window,
        Frames = Frames ?? other.Frames,
        TimeoutNanoseconds = TimeoutNanoseconds ?? other.TimeoutNanoseconds,
        NumberBits = NumberBits ?? other.NumberBits,
    };
}
