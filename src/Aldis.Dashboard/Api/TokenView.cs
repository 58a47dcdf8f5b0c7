namespace Aldis.Dashboard.Api;

/// <summary>A token as the API shows it: what it is called and what it is for, neither it nor its hash.</summary>
/// <param name="Name">What it is called in events.</param>
/// <param name="Ids">The client ids it is for; <c>*</c> is any run of characters, <c>?</c> any one.</param>
/// <param name="Conversations">The conversations it is for; <c>*</c> is all of them.</param>
/// <param name="Rights">What it gives the right to, separated by commas.</param>
/// <param name="Until">From when on it counts no longer; null for never.</param>
/// <param name="RevokedAt">When it was taken back at the dashboard; null where it was not.</param>
internal sealed record TokenView(
    string Name,
    IReadOnlyList<string> Ids,
    IReadOnlyList<string> Conversations,
    string Rights,
    DateTimeOffset? Until,
    DateTimeOffset? RevokedAt);
