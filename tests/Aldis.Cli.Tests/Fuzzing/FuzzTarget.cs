namespace Aldis.Cli.Tests.Fuzzing;

/// <summary>A parser of what comes from outside, fed with bytes of any kind. It may refuse them in the ways it documents, and nothing
/// else.</summary>
/// <param name="Name">Its name, and that of the folder of its corpus.</param>
/// <param name="Eat">Gives it bytes; what it throws beyond its own refusals is a defect.</param>
/// <param name="Seeds">What it takes, to begin with.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Eat, IReadOnlyList<byte[]> Seeds)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
