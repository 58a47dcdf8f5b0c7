using System.Diagnostics;
using System.Text;
using Aldis.Cli.Logging;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Prints what a server says happened, as a follower of its <see cref="EventHub"/>: whoever does not read our standard error must not stop
/// the server. What was missed is counted and said where it is missing.
/// </summary>
internal sealed class EventPrinter : IAsyncDisposable
{
    private const int BatchLength = 256;
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly TextWriter? _display;
    private readonly TextWriter? _error;
    private readonly JsonEvents? _json;
    private readonly bool _showPayload;
    private readonly EventScreen? _screen;
    private readonly ServerLog? _log;
    private readonly EventFollower? _follower;
    private readonly Task _printing;

    /// <summary>Starts printing; follows only where there is somebody to print for.</summary>
    /// <param name="hub">Where it happens.</param>
    /// <param name="display">Where display lines go; null with <c>--quiet</c>.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    /// <param name="showPayload">Whether events carry text, not only lengths.</param>
    /// <param name="error">Where it is said that nothing is printed any more, should that happen.</param>
    /// <param name="screen">What decides what is shown; null shows display lines, each as it comes.</param>
    /// <param name="log">Makes records of events, which are shown instead; null makes none.</param>
    public EventPrinter(
        EventHub hub,
        TextWriter? display,
        JsonEvents? json,
        bool showPayload,
        TextWriter? error = null,
        EventScreen? screen = null,
        ServerLog? log = null)
    {
        _log = log;
        _display = display;
        _error = error;
        _json = json;
        _showPayload = showPayload;
        _screen = screen;
        if (display is not null || json is not null)
        {
            _follower = hub.Follow(wantsPayload: (display is not null && log is null) || showPayload);
        }

        // On a thread of its own: a file or a terminal that is slow must not hold the pool on which connections are accepted.
        _printing = _follower is null
            ? Task.CompletedTask
            : Task.Factory.StartNew(
                () => PrintOrTell(_follower), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Whether it ended before its time, by a fault.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Prints what is queued, for at most a second: a reader that stopped reading must not hold the process.</summary>
    /// <returns>False where it was given up: whoever writes to the same streams now waits for that reader.</returns>
    public async Task<bool> FinishAsync()
    {
        _follower?.Dispose();
        return await Task.WhenAny(_printing, Task.Delay(FlushTime)) == _printing;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await FinishAsync();

    private void PrintOrTell(EventFollower follower)
    {
        try
        {
            Print(follower);
        }
        catch (Exception exception)
        {
            HasFailed = true;
            follower.Dispose();
            _error?.WriteLine($"aldis: a fault in aldis itself ended the display of events; serving goes on: {exception.Message}");
        }
    }

    private void Print(EventFollower follower)
    {
        var lines = new StringWriter(new StringBuilder(4096)) { NewLine = "\n" };
        bool hasMore = true;
        while (hasMore)
        {
            hasMore = WaitForMore(follower, lines);
            bool isRead = true;
            for (int count = 0; isRead && count < BatchLength; count++)
            {
                isRead = follower.TryRead(out ServiceEvent what, out long missed);
                TellMissed(missed, lines);
                if (isRead)
                {
                    Show(what, lines);
                    _json?.Write(what, _showPayload);
                }
            }

            Write(lines);
        }

        _screen?.Complete(lines);
        Write(lines);
    }

    /// <summary>Waits for an event, and meanwhile shows a second that is over.</summary>
    private bool WaitForMore(EventFollower follower, StringWriter lines)
    {
        Task<bool> more = follower.WaitToReadAsync().AsTask();
        while (_screen?.Due is { } due && !more.Wait(Until(due)))
        {
            _screen.Advance(Now, lines);
            Write(lines);
        }

        return more.GetAwaiter().GetResult();
    }

    /// <summary>How long until then, in whole milliseconds, so that it is then when they are over.</summary>
    private static int Until(TimeSpan due) => (int)Math.Ceiling(Math.Max(0, (due - Now).TotalMilliseconds));

    private void Show(in ServiceEvent what, StringWriter lines)
    {
        if (_log is not null)
        {
            _log.Append(what, lines);
        }
        else if (_screen is null)
        {
            DisplayLine.Append(what, lines);
        }
        else
        {
            _screen.Show(what, Now, lines);
        }
    }

    private void Write(StringWriter lines)
    {
        if (lines.GetStringBuilder().Length > 0)
        {
            _display?.Write(lines.GetStringBuilder());
            lines.GetStringBuilder().Clear();
        }
    }

    private void TellMissed(long missed, StringWriter lines)
    {
        if (missed > 0)
        {
            if (_log is not null)
            {
                lines.WriteLine(_log.Missed(missed));
            }
            else if (_screen is null)
            {
                lines.WriteLine(DisplayLine.Missed(missed));
            }
            else
            {
                _screen.Miss(missed, Now, lines);
            }

            _json?.Write("dropped", writer => writer.WriteNumber("count", missed));
        }
    }
}
