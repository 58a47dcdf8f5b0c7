namespace Aldis.Services.Messages;

/// <summary>What a <see cref="MessagesClient"/> reports.</summary>
public enum MessagesClientEventKind
{
    /// <summary>The server answered; <c>First</c> is the highest number it holds of this client, <c>Detail</c> its level.</summary>
    Connected,

    /// <summary>The items <c>First</c> to <c>Last</c> are safe at the server's level.</summary>
    Acknowledged,

    /// <summary>The server had the messages number <c>First</c> to <c>Last</c> already; they are stored once.</summary>
    Duplicate,

    /// <summary>The item <c>First</c> is refused for good.</summary>
    Refused,

    /// <summary>The server does not take messages now and will be tried again.</summary>
    Delayed,

    /// <summary>The numbers <c>First</c> to <c>Last</c> had been acknowledged and the server has them no more.</summary>
    Lost,

    /// <summary>The connection ended or could not be made, and will be tried again; <c>Detail</c> says why and when.</summary>
    Reconnecting,

    /// <summary>The outbox takes no more messages; <c>Detail</c> says why. Those handed over wait until what is settled makes room.</summary>
    OutboxFull,

    /// <summary>The numbers <c>First</c> to <c>Last</c> had been acknowledged, and the server knows nothing of this client any more: it was
    /// forgotten there, or the server began anew.</summary>
    ClientUnknown,
}
