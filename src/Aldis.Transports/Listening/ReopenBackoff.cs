namespace Aldis.Transports.Listening;

/// <summary>When a listener that died is opened again, and when that is given up. It knows no clock: times are parameters.</summary>
internal sealed class ReopenBackoff
{
    /// <summary>A listener that was open for so long is well again: its next death is a first one.</summary>
    public static readonly TimeSpan WellAfter = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(500),
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(10),
    ];

    private int _tries;

    /// <summary>How often it is tried.</summary>
    public static int MostTries => Delays.Length;

    /// <summary>Notes that the listener died.</summary>
    /// <param name="openFor">How long it was open.</param>
    public void Died(TimeSpan openFor) => _tries = openFor >= WellAfter ? 0 : _tries;

    /// <summary>Asks whether to try once more.</summary>
    /// <param name="delay">How long to wait before, where the answer is true.</param>
    /// <returns>False where it was tried often enough.</returns>
    public bool TryNext(out TimeSpan delay)
    {
        bool mayTry = _tries < Delays.Length;
        delay = mayTry ? Delays[_tries++] : TimeSpan.Zero;
        return mayTry;
    }
}
