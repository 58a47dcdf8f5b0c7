using System.Runtime.InteropServices;

namespace Aldis.Cli.Terminal;

/// <summary>What a signal asks for.</summary>
internal enum SignalRequest
{
    /// <summary>Nothing: it is the one before, once more.</summary>
    Nothing,

    /// <summary>An orderly end.</summary>
    EndInOrder,

    /// <summary>An end at once.</summary>
    EndNow,
}

/// <summary>
/// Counts what people press. The first press asks for an orderly end, the second for an end at once. One press may arrive twice:
/// <c>timeout</c> signals its child and then the whole group, and a terminal signals the group that a wrapper passes it on to. So the
/// same signal within <see cref="SamePress"/> of one that was counted is that one; another signal is another press.
/// SIGHUP is nobody's press: a terminal was closed, a session ends. It asks for an orderly end and never for more, because it often comes
/// right behind a SIGTERM (systemd with <c>SendSIGHUP=yes</c>). Not safe for several threads at once.
/// </summary>
internal sealed class PressCount
{
    /// <summary>How long the same signal again is the same press.</summary>
    public static readonly TimeSpan SamePress = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<PosixSignal, TimeSpan> _pressed = [];
    private bool _isEnding;

    /// <summary>Enters a signal.</summary>
    /// <param name="signal">SIGINT, SIGTERM or SIGHUP.</param>
    /// <param name="now">When it came, by any clock that only goes forward.</param>
    /// <returns>What it asks for.</returns>
    public SignalRequest Count(PosixSignal signal, TimeSpan now)
    {
        bool wasEnding = _isEnding;
        _isEnding = true;
        if (signal == PosixSignal.SIGHUP)
        {
            return wasEnding ? SignalRequest.Nothing : SignalRequest.EndInOrder;
        }

        if (_pressed.TryGetValue(signal, out TimeSpan before) && now - before < SamePress)
        {
            return SignalRequest.Nothing;
        }

        bool isSecond = _pressed.Count > 0;
        _pressed[signal] = now;
        return isSecond ? SignalRequest.EndNow : wasEnding ? SignalRequest.Nothing : SignalRequest.EndInOrder;
    }
}
