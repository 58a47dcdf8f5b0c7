namespace Aldis.Services.Hosting;

/// <summary>What a person is shown of a conversation's events where conversations differ; the defaults suit most.</summary>
internal sealed record DisplayWords
{
    /// <summary>
    /// The lines for a client that connected; <c>{peer}</c> stands for its address, <c>{active}</c> for the number of open connections of
    /// the conversation. None for a conversation whose connections are not shown.
    /// </summary>
    public IReadOnlyList<string> Opened { get; init; } = ["Connected from {peer}"];

    /// <summary>What stands before text that arrived.</summary>
    public string Text { get; init; } = "Client";
}
