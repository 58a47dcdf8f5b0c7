namespace Aldis.Services.Native;

/// <summary>How a <see cref="NativeHandshake"/> ended.</summary>
internal enum HandshakeEnd
{
    /// <summary>The client is known and allowed; its preface is not answered yet.</summary>
    Accepted,

    /// <summary>It was turned away, told why, and is gone.</summary>
    Refused,

    /// <summary>The client went, or its time was over, before its preface was whole: there is nothing to answer.</summary>
    Gone,

    /// <summary>The preface is whole and nobody said whether it is allowed: the server stops, or the policy failed. It may come back.</summary>
    Undecided,
}
