using Aldis.Protocols.Impairment;

namespace Aldis.Tests;

/// <summary>Counts what a relay decides, so that a test can wait for it, or do something in the middle of it.</summary>
internal sealed class LinkWatch : ILinkObserver
{
    private readonly Lock _lock = new();
    private readonly List<(long Count, Action Reached)> _waiting = [];
    private long _count;

    /// <summary>Does something when so many further decisions were taken, on the thread of the relay.</summary>
    public void After(int further, Action reached)
    {
        lock (_lock)
        {
            _waiting.Add((_count + further, reached));
        }
    }

    /// <summary>Waits until so many further decisions were taken.</summary>
    public Task WaitForAsync(int further)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        After(further, reached.SetResult);
        return reached.Task.InTime();
    }

    public void OnDecision(in LinkNote note)
    {
        Action[] reached;
        lock (_lock)
        {
            _count++;
            reached = [.. _waiting.Where(waiting => waiting.Count == _count).Select(static waiting => waiting.Reached)];
        }

        foreach (Action each in reached)
        {
            each();
        }
    }

    /// <summary>
    /// Of each connection, in order, lets a set number of the server's bytes pass, waits for more and resets both sides: what the server said
    /// from there on has happened, and the client does not know it. After the last number nothing is cut.
    /// </summary>
    public static IReadOnlyList<LinkLayer> Cuts(params int[] bytesToPass) => [.. bytesToPass.Select(static (bytes, index) => new LinkLayer(
        $"cut {index}",
        new LinkFaults { Breaks = [new StreamBreak(StreamBreakKind.Reset) { AfterBytes = bytes, WaitsForMore = true }] },
        Clients: client => client == index + 1))];
}
