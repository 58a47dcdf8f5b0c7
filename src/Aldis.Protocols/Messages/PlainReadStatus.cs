namespace Aldis.Protocols.Messages;

/// <summary>What <see cref="PlainMessageReader.Read"/> made of the bytes it was given.</summary>
internal enum PlainReadStatus
{
    /// <summary>All of it is understood and more must arrive.</summary>
    NeedMore,

    /// <summary>One message is complete.</summary>
    Message,

    /// <summary>The header is refused; nothing after it can be understood.</summary>
    Refused,
}
