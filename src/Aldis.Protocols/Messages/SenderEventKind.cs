namespace Aldis.Protocols.Messages;

/// <summary>What a sender reports.</summary>
internal enum SenderEventKind
{
    /// <summary>The server answered the preface: <c>First</c> is its <c>last</c>, which settles nothing yet.</summary>
    Connected,

    /// <summary>The items <c>First</c> to <c>Last</c> are safe at the server's level.</summary>
    Acknowledged,

    /// <summary>The server said that the message number <c>Last</c> was there before, and with it all from <c>First</c> on.</summary>
    Duplicate,

    /// <summary>The item <c>First</c> is refused for good: it is longer than the server takes.</summary>
    Refused,

    /// <summary>The server does not take messages now; the sender goes on from number <c>First</c> by itself later.</summary>
    Delayed,

    /// <summary>The numbers <c>First</c> to <c>Last</c> had been acknowledged and the server has them no more.</summary>
    Lost,

    /// <summary>The numbers <c>First</c> to <c>Last</c> had been acknowledged, and the server knows nothing of this client any more.</summary>
    ClientUnknown,
}
