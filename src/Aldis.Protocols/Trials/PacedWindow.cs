namespace Aldis.Protocols.Trials;

/// <summary>
/// Keeps who sends numbered datagrams to a pace at which their reader keeps up: only so many are under way at once, and what nothing was
/// heard of in time is not waited for. Pure: the time is a parameter.
/// </summary>
/// <param name="window">Datagrams that may be under way, at least 1.</param>
/// <param name="patienceNanoseconds">How long nothing may be heard before what is under way is taken for lost.</param>
internal sealed class PacedWindow(int window, long patienceNanoseconds)
{
    private long _heard = -1;
    private long? _heardAt;

    /// <summary>Decides whether the next datagram may be sent now.</summary>
    /// <param name="now">The time, in nanoseconds.</param>
    /// <param name="sent">Datagrams that were sent: the next has this number.</param>
    /// <param name="highest">The highest number that arrived; -1 where none did.</param>
    public bool MaySend(long now, long sent, long highest)
    {
        _heardAt ??= now;
        if (sent - 1 - _heard < window)
        {
            return true;
        }

        if (highest == _heard && now - _heardAt < patienceNanoseconds)
        {
            return false;
        }

        // Where nothing more was heard in time, what is on its way is lost.
        _heard = highest == _heard ? sent - 1 : highest;
        _heardAt = now;
        return sent - 1 - _heard < window;
    }
}
