namespace Aldis.Protocols.Trials;

/// <summary>Decides how long datagrams are waited for behind the last that was sent, so that what is only late is not taken for lost.
/// Pure.</summary>
/// <param name="sent">Datagrams that were sent.</param>
internal sealed class LateArrivals(long sent)
{
    private const int MostLooks = 8;
    private const int QuietLooks = 2;

    private long _before = -1;
    private int _looks;
    private int _quiet;

    /// <summary>Looks again, a while after the last time.</summary>
    /// <param name="arrived">Datagrams that have arrived, whole or not.</param>
    /// <returns>Whether to wait and look once more.</returns>
    public bool IsExpecting(long arrived)
    {
        _quiet = arrived == _before ? _quiet + 1 : 0;
        _before = arrived;
        return arrived < sent && _quiet < QuietLooks && _looks++ < MostLooks;
    }
}
