using System.Globalization;
using Aldis.Services.Messages;

namespace Aldis.Cli.Verbs.Send;

/// <summary>
/// What a person is told of tries that fail: the first in full, the others as a number that is told when it is over. A server that is away
/// for a night would otherwise fill the screen with the same two lines.
/// </summary>
internal sealed class RetryNews
{
    private bool _isDelayed;

    /// <summary>Tries that failed since the server last took something.</summary>
    public long Tries { get; private set; }

    /// <summary>Takes a try that failed.</summary>
    /// <param name="kind"><see cref="MessagesClientEventKind.Reconnecting"/> or <see cref="MessagesClientEventKind.Delayed"/>.</param>
    /// <returns>Whether it is to be told in full.</returns>
    public bool IsNews(MessagesClientEventKind kind)
    {
        bool isFirstDelay = kind == MessagesClientEventKind.Delayed && !_isDelayed;
        _isDelayed |= kind == MessagesClientEventKind.Delayed;
        return ++Tries == 1 || isFirstDelay;
    }

    /// <summary>A connection is there: the end of it, unless the server says again and again that it takes nothing.</summary>
    /// <returns>What there is to tell, or null.</returns>
    public string? Connected() => _isDelayed ? null : End("connected again");

    /// <summary>Something was acknowledged.</summary>
    /// <returns>What there is to tell, or null.</returns>
    public string? Acknowledged() => End("it goes on");

    /// <summary>The client has ended.</summary>
    /// <returns>What there is to tell, or null.</returns>
    public string? GivenUp() => End("ended");

    private string? End(string what)
    {
        (long tries, Tries, _isDelayed) = (Tries, 0, false);
        return tries > 1 ? string.Create(CultureInfo.InvariantCulture, $"{what} after {tries} tries") : null;
    }
}
