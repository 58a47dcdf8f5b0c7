namespace Aldis.Lab.Ladder;

/// <summary>Hands every step to several outputs, in the order given.</summary>
internal sealed class LadderFork : ILadderOutput
{
    private readonly ILadderOutput[] _outputs;

    /// <summary>Joins outputs.</summary>
    /// <param name="outputs">Receivers of every step; may be empty.</param>
    /// <exception cref="ArgumentNullException">The outputs are missing.</exception>
    public LadderFork(params IEnumerable<ILadderOutput> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _outputs = [.. outputs];
    }

    /// <inheritdoc/>
    public void Take(LadderStep step)
    {
        foreach (ILadderOutput output in _outputs)
        {
            output.Take(step);
        }
    }
}
