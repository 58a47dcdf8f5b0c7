namespace Aldis.Services.Hosting;

/// <summary>
/// How much of what one connection has sent is dealt with before others have their turn. The threads of the pool serve all connections, in
/// the order in which something came for them: where each of many floods a server with short messages, whoever has one message waits for
/// as many turns as it has steps, and a turn as long as all that was received is a millisecond or more.
/// </summary>
internal static class FairTurn
{
    /// <summary>Messages of a turn.</summary>
    public const int Messages = 64;

    /// <summary>Whether anything waits for a thread: where nothing does, there is nobody to give way to.</summary>
    public static bool DoOthersWait() => ThreadPool.PendingWorkItemCount > 0;

    /// <summary>Goes on behind all that waits now.</summary>
    public static async ValueTask GiveWayAsync() => await Task.Yield();
}
