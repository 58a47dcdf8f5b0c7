using Aldis.Protocols.Access;
using Aldis.Services.Access;

namespace Aldis.Dashboard.Api;

/// <summary>The tokens that clients show.</summary>
internal static class TokensApi
{
    /// <summary>All that are in the file now, by name.</summary>
    /// <param name="tokens">The server's.</param>
    public static IReadOnlyList<TokenView> Read(TokenPolicy tokens) =>
    [
        .. tokens.Tokens.Entries.OrderBy(static one => one.Name, StringComparer.Ordinal).Select(one => new TokenView(
            one.Name, one.Ids, one.Conversations, TokenFile.NamesOf(one.Rights), one.Until, tokens.FindRevocation(one))),
    ];
}
