namespace Aldis.Protocols.Ping;

/// <summary>How an answer stands among those before it.</summary>
internal enum PingAnswerKind
{
    /// <summary>The first answer to its request.</summary>
    First,

    /// <summary>The first answer to its request, after the time it had.</summary>
    Late,

    /// <summary>Its request was answered before.</summary>
    Duplicate,

    /// <summary>Its request was never sent, or so long ago that nothing is known about it any more.</summary>
    Unknown,
}
