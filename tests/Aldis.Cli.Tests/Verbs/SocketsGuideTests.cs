namespace Aldis.Cli.Tests.Verbs;

/// <summary>docs/sockets.md stays true: each type of socket keeps what is said of it.</summary>
public sealed class SocketsGuideTests : IAsyncDisposable
{
    private readonly GuidePage _page = new("sockets.md");

    public static TheoryData<int> Numbers => [.. GuidePage.Numbers("sockets.md")];

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task An_experiment_prints_the_lines_it_shows(int number) => Assert.Empty(await _page.UnprintedAsync(_page.Section(number)));

    [Fact]
    public async Task A_line_that_is_not_printed_is_noticed()
    {
        string section = _page.Section(1);
        Assert.NotEmpty(await _page.UnprintedAsync(section.Replace("gives onetwo", "gives twoone", StringComparison.Ordinal)));
    }
}
