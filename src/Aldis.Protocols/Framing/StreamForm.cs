namespace Aldis.Protocols.Framing;

/// <summary>Which form of a conversation a connection speaks, as far as its first bytes tell.</summary>
internal enum StreamForm
{
    /// <summary>What has arrived is the beginning of a preface and could still become either.</summary>
    NeedMore,

    /// <summary>The stream begins with <c>ALDIS/1 </c>.</summary>
    Native,

    /// <summary>The stream begins with anything else.</summary>
    Plain,
}
