namespace Aldis.Protocols.Arq.Receiving;

/// <summary>What became of a DATA packet.</summary>
internal enum ReceiveResult : byte
{
    /// <summary>It continued the stream.</summary>
    InOrder = 0,

    /// <summary>It continued the stream and joined what waited behind the gap.</summary>
    GapFilled,

    /// <summary>It is kept until the gap before it is filled.</summary>
    OutOfOrder,

    /// <summary>Nothing in it was new.</summary>
    Duplicate,

    /// <summary>It lies ahead of a gap and the strategy keeps nothing there.</summary>
    Discarded,

    /// <summary>It lies ahead of a gap and there is no room for more gaps.</summary>
    Overload,

    /// <summary>It lies beyond the credit granted.</summary>
    BeyondCredit,

    /// <summary>It contradicts the end of the stream.</summary>
    Contradiction,
}
