namespace Aldis.Protocols.Load;

/// <summary>Reads what one connection of a load is answered.</summary>
internal interface ILoadReader
{
    /// <summary>Whether requests may be sent: what had to be agreed before is agreed.</summary>
    bool IsReady { get; }

    /// <summary>The number that the first request has.</summary>
    long FirstNumber { get; }

    /// <summary>Requests that the peer allows under way at once; the greatest number where it says nothing.</summary>
    int Window { get; }

    /// <summary>Takes bytes as they come, in any pieces; of datagrams one each time.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="lastNumber">The number of the request that was sent last; 0 before there is one.</param>
    /// <returns>What they are.</returns>
    LoadReply Read(ReadOnlySpan<byte> bytes, long lastNumber);
}
