namespace Aldis.Cli.Completion;

/// <summary>What can stand at a place of a command line.</summary>
/// <param name="Words">Words, each whole, and what they mean (empty where nothing is to be said). One that ends with <c>:</c>, <c>/</c> or
/// <c>=</c> is a beginning.</param>
/// <param name="Files">Files beside them.</param>
/// <param name="Prefix">What stands before the name of a file in the word, such as <c>--config=</c>.</param>
internal sealed record Offer(IReadOnlyList<(string Word, string Meaning)> Words, FileKind Files = FileKind.Words, string Prefix = "")
{
    /// <summary>Nothing that anybody could know.</summary>
    public static Offer Nothing { get; } = new([]);
}
