namespace Aldis.Protocols.Toxics;

/// <summary>The direction that a toxic works in, by the words of toxiproxy.</summary>
internal enum ToxicStream : byte
{
    /// <summary>From the client to the target.</summary>
    Upstream,

    /// <summary>From the target to the client.</summary>
    Downstream,
}
