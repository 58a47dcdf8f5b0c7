using System.Globalization;
using System.IO.Enumeration;
using System.Text;

namespace Aldis.Protocols.Access;

/// <summary>One line of a file of tokens (docs/tokens.md): what a token is called, and what may be done with it.</summary>
internal sealed record TokenEntry
{
    /// <summary>Stands for every conversation.</summary>
    public const string EveryConversation = "*";

    /// <summary>What it is called in events: as a client id.</summary>
    public required string Name { get; init; }

    /// <summary>Its SHA-256, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>The client ids it may be used for: <c>*</c> is any run of characters, <c>?</c> any one.</summary>
    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>The conversations it may be used for, by name; <see cref="EveryConversation"/> is all of them.</summary>
    public IReadOnlyList<string> Conversations { get; init; } = [EveryConversation];

    /// <summary>What may be done with it.</summary>
    public ClientRights Rights { get; init; } = ClientRights.Send;

    /// <summary>From when on it counts no longer; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Says whether it may be used for something.</summary>
    /// <param name="service">The conversation.</param>
    /// <param name="client">The client's id.</param>
    /// <param name="rights">What the client wants to do; none where it has not said yet.</param>
    /// <param name="now">The wall clock.</param>
    /// <returns>The verdict, never <see cref="TokenVerdict.Unknown"/>.</returns>
    public TokenVerdict Judge(string service, string client, ClientRights rights, DateTimeOffset now) =>
        now >= Until ? TokenVerdict.Expired
        : !Conversations.Any(name => name is EveryConversation || name == service) ? TokenVerdict.OtherConversation
        : !Ids.Any(id => FileSystemName.MatchesSimpleExpression(id, client, ignoreCase: false)) ? TokenVerdict.OtherClient
        : (rights & ~Rights) != ClientRights.None && !Rights.HasFlag(ClientRights.Admin) ? TokenVerdict.OtherRight
        : TokenVerdict.Allowed;

    /// <summary>Writes it as a line of the file, without its end.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(Name)
            .Append(CultureInfo.InvariantCulture, $" {TokenFile.HashPrefix}{Convert.ToHexStringLower(Hash.Span)}")
            .Append(CultureInfo.InvariantCulture, $" {TokenFile.IdsField}{string.Join(',', Ids)}")
            .Append(CultureInfo.InvariantCulture, $" {TokenFile.ConversationsField}{string.Join(',', Conversations)}")
            .Append(CultureInfo.InvariantCulture, $" {TokenFile.RightsField}{TokenFile.NamesOf(Rights)}");
        if (Until is { } until)
        {
            string moment = until.ToUniversalTime().ToString(TokenFile.MomentForm, CultureInfo.InvariantCulture);
            line.Append(CultureInfo.InvariantCulture, $" {TokenFile.UntilField}{moment}");
        }

        return line.ToString();
    }
}
