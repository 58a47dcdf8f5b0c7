namespace Aldis.Cli.Tests.Verbs;

/// <summary>docs/learn/sockets.md stays true: each question of a course is answered by what is printed.</summary>
public sealed class LearnSocketsTests : IAsyncDisposable
{
    private readonly GuidePage _page = new("learn", "sockets.md");

    public static TheoryData<int> Numbers => [.. GuidePage.Numbers("learn", "sockets.md")];

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_question_is_answered_by_what_is_printed(int number) => Assert.Empty(await _page.UnprintedAsync(_page.Section(number)));

    [Fact]
    public async Task An_answer_that_is_not_printed_is_noticed()
    {
        string section = _page.Section(3);
        Assert.NotEmpty(await _page.UnprintedAsync(section.Replace("5 bytes sent", "6 bytes sent", StringComparison.Ordinal)));
    }
}
