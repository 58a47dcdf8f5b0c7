namespace Aldis.Protocols.Messages;

/// <summary>What a unit from a client, other than its preface, announces.</summary>
internal enum ClientUnitKind
{
    /// <summary><c>length seq</c>: a payload of that length follows.</summary>
    Message,

    /// <summary><c>TOKEN text</c>.</summary>
    Token,

    /// <summary><c>BYE</c>: nothing follows.</summary>
    Bye,
}
