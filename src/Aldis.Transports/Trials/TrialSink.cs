using Aldis.Protocols.Trials;

namespace Aldis.Transports.Trials;

/// <summary>What one transfer of a trial is counted in. Both ends are in this process, so the sender reads what the receiver counts.</summary>
internal sealed class TrialSink
{
    /// <summary>Bytes that a slow receiver reads before it rests.</summary>
    public const int SlowBytes = 64 * 1024;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Bytes of a piece.</summary>
    public int PieceBytes { get; init; } = 1_024;

    /// <summary>The receiver's books.</summary>
    public PieceLedger Ledger { get; } = new();

    /// <summary>Ends when the receiver has read to the end of a stream.</summary>
    public Task Finished => _finished.Task;

    /// <summary>The receiver has read to the end.</summary>
    public void Finish() => _finished.TrySetResult();

    /// <summary>What makes a receiver slow: some 6.5 MB/s.</summary>
    public static Task RestAsync() => Task.Delay(Rest);

    /// <inheritdoc cref="RestAsync"/>
    public static void RestHere() => Thread.Sleep(Rest);
}
