namespace Aldis.Protocols.Messages;

/// <summary>What follows from the end of a sender's connection.</summary>
internal static class SenderEnds
{
    /// <summary>Whether a new connection may be made for what is not acknowledged.</summary>
    /// <param name="end">The end.</param>
    /// <returns>False if a new connection would meet the same end, or take over from whoever took over.</returns>
    public static bool AllowsReconnect(SenderEnd end) =>
        end is SenderEnd.Cut or SenderEnd.ShuttingDown or SenderEnd.StoreUnavailable or SenderEnd.StoreFailed or SenderEnd.MessageRefused;
}
