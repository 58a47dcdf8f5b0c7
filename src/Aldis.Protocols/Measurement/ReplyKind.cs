namespace Aldis.Protocols.Measurement;

/// <summary>How a reply stands among the replies before it.</summary>
internal enum ReplyKind
{
    /// <summary>The first reply to its request, later than those to all earlier requests that were answered.</summary>
    InOrder,

    /// <summary>The first reply to its request, but a later request was answered before (RFC 4737).</summary>
    Reordered,

    /// <summary>Its request was answered before (RFC 5560).</summary>
    Duplicate,

    /// <summary>Its request was never sent, or so long ago that nothing is known about it any more.</summary>
    Unknown,
}
