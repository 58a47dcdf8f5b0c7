namespace Aldis.Cli.Tests.Architecture;

/// <summary>How a row of the table of limits is checked.</summary>
/// <param name="What">How its first cell begins.</param>
/// <param name="Numbers">
/// What the numbers of its second cell are, in their order: a constant or a default of the code as <c>Type.Member</c> (a list of times stands
/// for their sum in whole seconds, another list for its length, what ends in <c>Ns</c> for a time), a part of one as
/// <c>Type.Member / 4</c>, or a value.
/// </param>
internal sealed record LimitRow(string What, IReadOnlyList<object> Numbers)
{
    public LimitRow(string what, params string[] numbers)
        : this(what, (IReadOnlyList<object>)numbers)
    {
    }

    /// <summary>Whether that is all of the first cell, because others begin with it.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether it checks the row of a first cell.</summary>
    public bool IsOf(string what) => IsWhole ? what == What : what.StartsWith(What, StringComparison.Ordinal);
}
