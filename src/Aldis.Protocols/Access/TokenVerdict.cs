namespace Aldis.Protocols.Access;

/// <summary>What a <see cref="TokenTable"/> says of a token that was shown.</summary>
internal enum TokenVerdict
{
    /// <summary>It covers what was claimed.</summary>
    Allowed,

    /// <summary>It is none of the table's: a wrong one, or one that was taken back.</summary>
    Unknown,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It is another client's.</summary>
    OtherClient,

    /// <summary>It is for other conversations.</summary>
    OtherConversation,

    /// <summary>It does not give the right.</summary>
    OtherRight,
}
