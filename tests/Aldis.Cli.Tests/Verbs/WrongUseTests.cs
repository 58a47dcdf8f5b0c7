using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>
/// Everything that was typed wrong, as a table: what is typed and the sentence that answers it. All end with 2 before anything is sent,
/// stored or printed, without a stack trace and without the name of a type.
/// </summary>
public sealed partial class WrongUseTests : IDisposable
{
    private static readonly string[] NamesOfTypes =
    [
        "System.", "Aldis.", "Microsoft.", "Exception", "Nullable", "Int32", "Int64", "TimeSpan", "UnixFileMode", "ArqMode", "`1", "   at ",
    ];

    private readonly TemporaryDirectory _directory = new();

    public WrongUseTests() => File.WriteAllText(_directory.Combine("f"), "hello");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task What_is_typed_wrong_is_said_and_nothing_is_done(string call, string sentence)
    {
        await using Peer server = Peer.ThatIsSilent();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        Run run = await Run.AldisAsync(Stream.Null, Words(call, server), patience.Token);
        run.Ends(ExitCode.UsageOrLocalError, "aldis: " + Place(sentence, server));
        Assert.DoesNotContain(NamesOfTypes, name => run.Error.Contains(name, StringComparison.Ordinal));
        Assert.All(
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            static line => Assert.StartsWith("aldis: ", line, StringComparison.Ordinal));
        Assert.Equal(0, server.Connections);
        Assert.All(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line =>
            Assert.StartsWith("""{"event":"error",""", line, StringComparison.Ordinal));
        Assert.Equal([_directory.Combine("f")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void There_are_a_hundred_and_fifty_of_them_and_none_twice()
    {
        string[] calls = [.. Calls.Select(static row => row.Data.Item1)];
        Assert.True(calls.Length >= 150, $"{calls.Length}");
        Assert.Equal(calls.Length, calls.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>Words between spaces, or between quotes.</summary>
    private string[] Words(string call, Peer server) =>
        [.. call.Split('\'').SelectMany((part, at) => at % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(word => Place(word, server))];

    private string Place(string text, Peer server) => text
        .Replace("{H}", server.Address, StringComparison.Ordinal).Replace("{D}", _directory.Path, StringComparison.Ordinal);
}
