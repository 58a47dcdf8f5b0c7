using Aldis.Transports.Budgets;

namespace Aldis.Transports.Sockets;

/// <summary>The loops of one host. The host's service container ends them, after the server that uses them.</summary>
/// <param name="options">How many.</param>
/// <param name="governor">Has their unused memory given back.</param>
internal sealed class ReadinessLoops(SocketHostingOptions options, ReceiveGovernor governor) : IDisposable
{
    private readonly Lazy<ReadinessLoop[]> _loops = new(() =>
        [.. Enumerable.Range(0, options.LoopCount).Select(i => Start($"aldis sockets {i}", governor))]);

    private int _last = -1;

    /// <summary>Starts the threads, unless they run.</summary>
    public void Start() => _ = _loops.Value;

    /// <summary>Chooses the loop of a new connection.</summary>
    /// <returns>One loop after the other.</returns>
    public ReadinessLoop Next() => _loops.Value[(uint)Interlocked.Increment(ref _last) % (uint)_loops.Value.Length];

    /// <summary>Asks each of them for a sign of life (<see cref="ReadinessLoop.Ask"/>).</summary>
    /// <returns>Whether all gave the one that they were asked for last.</returns>
    public bool Ask()
    {
        bool isAnswered = true;
        foreach (ReadinessLoop loop in _loops.IsValueCreated ? _loops.Value : [])
        {
            isAnswered &= loop.Ask();
        }

        return isAnswered;
    }

    private static ReadinessLoop Start(string name, ReceiveGovernor governor)
    {
        var loop = new ReadinessLoop(name);
        governor.Watch(loop.Blocks);
        return loop;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            foreach (ReadinessLoop loop in _loops.Value)
            {
                loop.Dispose();
            }
        }
    }
}
