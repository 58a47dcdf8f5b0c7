namespace Aldis.Lab.Experiments;

/// <summary>A scene: what happens for certain, beside what chance does. Numbers count from 1 as datagrams leave.</summary>
internal sealed record LabScene
{
    /// <summary>What the application gives the sender when, by time; empty: everything at once.</summary>
    public IReadOnlyList<LabWriting> Writings { get; init; } = [];

    /// <summary>What happens to transmissions of frames, and nothing else does.</summary>
    public IReadOnlyDictionary<long, LabFate> Transmissions { get; init; } = new Dictionary<long, LabFate>();

    /// <summary>What happens to acknowledgements, and nothing else does.</summary>
    public IReadOnlyDictionary<long, LabFate> Acknowledgements { get; init; } = new Dictionary<long, LabFate>();

    /// <summary>Whether the sender runs out of frames before the last.</summary>
    public bool HasPauses => Writings.Count > 0 && Writings[^1].TimeNanoseconds > 0;

    /// <summary>Frames that the application has given by a time.</summary>
    public long FramesBy(long timeNanoseconds) => Writings.Where(w => w.TimeNanoseconds <= timeNanoseconds).Sum(static w => w.Frames);

    /// <summary>When it gives the next after a time, or <see cref="long.MaxValue"/>.</summary>
    public long NextAfter(long timeNanoseconds) => Writings.Where(w => w.TimeNanoseconds > timeNanoseconds)
        .Select(static w => w.TimeNanoseconds).DefaultIfEmpty(long.MaxValue).First();
}
