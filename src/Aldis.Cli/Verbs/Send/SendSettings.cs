using Aldis.Cli.Verbs.Tokens;

namespace Aldis.Cli.Verbs.Send;

/// <summary>What <c>aldis send</c> was called with.</summary>
internal sealed record SendSettings
{
    public required string Address { get; init; }

    public required string[] Texts { get; init; }

    public required bool IsPlain { get; init; }

    public required string? Client { get; init; }

    public required TokenSettings Token { get; init; }

    public required string? Outbox { get; init; }

    public required bool SkipTaken { get; init; }

    /// <summary>How long there may be no server that accepts anything; null where it was not given.</summary>
    public required TimeSpan? Retry { get; init; }

    public required TimeSpan? Timeout { get; init; }

    /// <summary>Whether every frame is shown.</summary>
    public required bool IsTraced { get; init; }

    public required bool IsQuiet { get; init; }
}
