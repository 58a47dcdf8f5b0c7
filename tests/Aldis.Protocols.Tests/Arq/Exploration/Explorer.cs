using System.Runtime.InteropServices;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>What a walk saw.</summary>
/// <param name="States">States told apart.</param>
/// <param name="Steps">Steps taken by the engines, those of playing on to the end included.</param>
/// <param name="Depth">Longest path.</param>
/// <param name="IsExhausted">Whether every path within the bounds was walked.</param>
internal sealed record ExplorerResult(long States, long Steps, int Depth, bool IsExhausted);

/// <summary>
/// Walks every path of a model within bounds. Each generation has one fault more than the one before it (or, to find a shortest path,
/// one step more); within it the walk is depth-first. A state that was reached before with no more faults of any kind is not gone
/// through again. From every state the model must be able to play on to an orderly end, even if all that is under way is lost.
/// </summary>
internal sealed class Explorer(Func<ExplorerModel> makeModel, ExplorerBounds bounds, bool shortestFirst)
{
    private const int LongestPath = 200;
    private const int LongestEnding = 400;
    private const ulong EndsWell = 1UL << 63;

    private readonly ExplorerModel _model = makeModel();
    private readonly StateHash _hash = new();
    private readonly Dictionary<ulong, ulong> _seen = [];
    private readonly GraphSnapshot[] _snapshots = [.. Enumerable.Range(0, LongestPath).Select(_ => new GraphSnapshot())];
    private readonly List<ExplorerStep>[] _moves = [.. Enumerable.Range(0, LongestPath).Select(_ => new List<ExplorerStep>())];
    private readonly List<ushort> _path = [];
    private readonly List<ulong> _ending = [];
    private readonly Dictionary<ulong, HashSet<(ExplorerMove, int, ulong)>> _successors = [];
    private PathList _next = new();
    private long _states;
    private long _steps;
    private int _deepest;
    private int _snapshotDepth;

    /// <summary>The states are counted until there are so many.</summary>
    public long MaximumStates { get; init; } = long.MaxValue;

    /// <summary>How often a state was reached again and compared.</summary>
    public long MergedAgain { get; private set; }

    /// <summary>Whether <see cref="Ends"/> are remembered.</summary>
    public bool RemembersEnds { get; init; }

    /// <summary>What both ends were in together, whatever was under way.</summary>
    public HashSet<ulong> Ends { get; } = [];

    /// <summary>Whether states that are taken for one are compared: every step must lead from each of them to the same states. That
    /// takes every step from every path that arrives, not only from the first.</summary>
    public bool ComparesMergedStates { get; init; }

    /// <exception cref="PropertyViolationException">A property does not hold; the message holds the path.</exception>
    public ExplorerResult Run()
    {
        bool isComplete = Guarded(() =>
        {
            _snapshots[0].Take(_model);
            return Arrive(default);
        });
        while (_next.Count > 0 && isComplete)
        {
            PathList generation = _next;
            _next = new PathList();
            isComplete = Guarded(() => WalkAll(generation));
        }

        return new ExplorerResult(_states, _steps, _deepest, isComplete);
    }

    private bool WalkAll(PathList generation)
    {
        PathList.Reader reader = generation.Read();
        while (reader.MoveNext())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (!Walk(reader))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Goes back to where the path leaves the one before it, along it to its end, and on from there.</summary>
    private bool Walk(PathList.Reader reader)
    {
        int depth = Math.Min(reader.Shared, _snapshotDepth);
        _snapshots[depth].Restore();
        _snapshotDepth = depth;
        _path.RemoveRange(depth, _path.Count - depth);
        foreach (ushort step in reader.Path[depth..])
        {
            if (_path.Count > _snapshotDepth)
            {
                _snapshots[_path.Count].Take(_model);
                _snapshotDepth = _path.Count;
            }

            Take(ExplorerStep.Unpack(step));
        }

        var used = default(ExplorerBounds);
        foreach (ushort step in _path)
        {
            used = used.After(ExplorerStep.Unpack(step).Move);
        }

        return Arrive(used);
    }

    private void Take(ExplorerStep step)
    {
        _path.Add(step.Pack());
        _steps++;
        _model.Take(step);
    }

    /// <summary>Judges the state the model is in and walks on from it, if it is new.</summary>
    private bool Arrive(in ExplorerBounds used)
    {
        ulong bit = 1UL << used.Index;
        ulong state = _model.Hash(_hash, out ulong ends);
        ref ulong reached = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, state, out _);
        if (ComparesMergedStates)
        {
            CompareSuccessors(state);
        }

        if ((reached & bit) != 0)
        {
            return true;
        }

        if (RemembersEnds)
        {
            Ends.Add(ends);
        }

        _states += (reached & ~EndsWell) == 0 ? 1 : 0;
        reached |= used.Dominated(bounds);
        if (_states > MaximumStates)
        {
            return false;
        }

        int depth = _path.Count;
        _deepest = Math.Max(_deepest, depth);
        _snapshots[depth].Take(_model);
        _snapshotDepth = depth;
        if (!IsKnownToEndWell(ends))
        {
            PlayToTheEnd(ends);
            _snapshots[depth].Restore();
        }

        return WalkOn(depth, used);
    }

    private bool IsKnownToEndWell(ulong state) => _seen.TryGetValue(state, out ulong known) && (known & EndsWell) != 0;

    /// <summary>Takes every move that is possible, or puts it off for the next generation.</summary>
    private bool WalkOn(int depth, in ExplorerBounds used)
    {
        List<ExplorerStep> moves = _moves[depth];
        moves.Clear();
        _model.AddMoves(moves);
        bool isMoved = false;
        foreach (ExplorerStep move in moves)
        {
            if (!used.Allows(move.Move, bounds))
            {
                continue;
            }

            if (move.IsFault || shortestFirst)
            {
                _next.Add(CollectionsMarshal.AsSpan(_path), move.Pack());
                continue;
            }

            if (isMoved)
            {
                _snapshots[depth].Restore();
                _snapshotDepth = depth;
            }

            isMoved = true;
            Take(move);
            if (!Arrive(used))
            {
                return false;
            }

            _path.RemoveAt(depth);
        }

        return true;
    }

    private void CompareSuccessors(ulong state)
    {
        var before = new GraphSnapshot();
        before.Take(_model);
        List<ExplorerStep> moves = [];
        _model.AddMoves(moves);
        HashSet<(ExplorerMove, int, ulong)> successors = [];
        foreach (ExplorerStep move in moves)
        {
            _path.Add(move.Pack());
            _model.Take(move);
            ulong successor = _model.Hash(_hash, out _);
            if (successor != state)
            {
                successors.Add((move.Move, move.Side, successor));
            }

            _path.RemoveAt(_path.Count - 1);
            before.Restore();
        }

        if (_successors.TryAdd(state, successors))
        {
            return;
        }

        MergedAgain++;
        if (!successors.SetEquals(_successors[state]))
        {
            _successors[state].SymmetricExceptWith(successors);
            throw new InvalidOperationException($"two states with one hash differ after {string.Join(", ", _successors[state])}");
        }
    }

    /// <summary>Loses all that is under way and plays on without further faults until both ends closed, or until a state from which
    /// that is known to be possible. Whatever arrives after all could as well have been lost, so this holds for every part of it.</summary>
    private void PlayToTheEnd(ulong state)
    {
        _ending.Clear();
        _model.LoseAll();
        while (!_model.IsOver)
        {
            if (IsKnownToEndWell(state))
            {
                break;
            }

            _ending.Add(state);
            if (_ending.Count > LongestEnding || _model.NextWithoutFault() is not { } step)
            {
                throw new PropertyViolationException(Property.TransfersFinish, "no orderly end can be reached");
            }

            _steps++;
            _model.Take(step);
            state = _model.Hash(_hash, out _);
        }

        foreach (ulong passed in _ending)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_seen, passed, out _) |= EndsWell;
        }
    }

    /// <summary>Adds the path to a failure, so that it can be walked again.</summary>
    private T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Property property = (e as PropertyViolationException)?.Property ?? Property.EngineAgreesWithItself;
            throw new PropertyViolationException(property, $"{e.Message}\n{Describe()}", e);
        }
    }

    /// <summary>Walks the path once more on a new model, and on without faults, and says what happens at each step.</summary>
    private string Describe()
    {
        ExplorerModel model = makeModel();
        List<string> lines = [];
        try
        {
            while (lines.Count < LongestEnding && (lines.Count < _path.Count || !model.IsOver))
            {
                bool isPath = lines.Count < _path.Count;
                if (lines.Count == _path.Count)
                {
                    model.LoseAll();
                }

                if ((isPath ? ExplorerStep.Unpack(_path[lines.Count]) : model.NextWithoutFault()) is not { } step)
                {
                    break;
                }

                lines.Add($"{lines.Count + 1}. {model.Describe(step)}");
                model.Take(step);
            }
        }
        catch (Exception e)
        {
            lines.Add($"   {e.Message}");
        }

        return string.Join('\n', lines);
    }
}
