using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Decides what a person at a terminal is shown of a server: a line for each event while they come one by one; where there are more in a
/// second than can be read, one line that sums the second up, until they are few again. What endangers the server is shown whatever else
/// comes. The time is given; nothing waits here. One thread at a time.
/// </summary>
/// <param name="lines">Makes the line of an event.</param>
/// <param name="summary">Counts the events of a second, and makes the line that sums them up.</param>
/// <param name="isFolding">Whether there are summary lines; where not, every event has its line.</param>
internal sealed class EventScreen(EventLine lines, EventSummary summary, bool isFolding = true)
{
    /// <summary>Events of one second that are shown by themselves; one more, and it is summed up.</summary>
    public const int MostLines = 10;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Events of a second that began folded: they are shown at its end, where they turn out to be few.</summary>
    private readonly List<ServiceEvent> _held = new(MostLines);
    private TimeSpan _end;
    private bool _isUnderWay;
    private bool _isFolded;
    private int _count;

    /// <summary>When <see cref="Advance"/> has something to do; null where it has not.</summary>
    public TimeSpan? Due => _isUnderWay ? _end : null;

    /// <summary>Takes an event.</summary>
    /// <param name="what">The event.</param>
    /// <param name="now">The time, from any moment on; never less than before.</param>
    /// <param name="output">Takes the lines.</param>
    public void Show(in ServiceEvent what, TimeSpan now, TextWriter output)
    {
        Advance(now, output);
        if (!isFolding || IsGrave(what.Kind))
        {
            Write(lines.Of(what), output);
            return;
        }

        Begin(now);
        summary.Add(what);
        _count++;
        if (_count > MostLines)
        {
            return;
        }

        if (_isFolded)
        {
            _held.Add(what);
        }
        else
        {
            Write(lines.Of(what), output);
        }
    }

    /// <summary>Takes the number of events that were lost on the way here, because they came too fast.</summary>
    /// <param name="count">How many.</param>
    /// <inheritdoc cref="Show" path="/param[@name!='what']"/>
    public void Miss(long count, TimeSpan now, TextWriter output)
    {
        Advance(now, output);
        if (!isFolding)
        {
            output.WriteLine(DisplayLine.Missed(count));
            return;
        }

        Begin(now);
        _count = MostLines + 1;
        summary.Miss(count);
    }

    /// <summary>Ends a second that is over: by its summary, or by the few lines that it held.</summary>
    /// <inheritdoc cref="Show" path="/param[@name!='what']"/>
    public void Advance(TimeSpan now, TextWriter output)
    {
        if (_isUnderWay && now >= _end)
        {
            Complete(output);
        }
    }

    /// <summary>Shows what the present second holds: it is over, or nothing more comes.</summary>
    /// <param name="output">Takes the lines.</param>
    public void Complete(TextWriter output)
    {
        _isFolded = _count > MostLines;
        if (_isFolded)
        {
            output.WriteLine(summary.Line());
        }
        else
        {
            _held.ForEach(what => Write(lines.Of(what), output));
        }

        summary.Clear();
        _held.Clear();
        _count = 0;
        _isUnderWay = false;
    }

    /// <summary>Of these there are few: of a kind and cause one a second is told.</summary>
    private static bool IsGrave(ServiceEventKind kind) => kind is ServiceEventKind.Fault or ServiceEventKind.ClockJumped
        or ServiceEventKind.ListenerFailed or ServiceEventKind.ListenerReopened or ServiceEventKind.ListenerLost
        or ServiceEventKind.Reloaded or ServiceEventKind.ReloadRefused or ServiceEventKind.CertificateExpires
        or ServiceEventKind.StoreReady or ServiceEventKind.StoreUnavailable or ServiceEventKind.TokenChanged;

    private static void Write(string? line, TextWriter output)
    {
        if (line is not null)
        {
            output.WriteLine(line);
        }
    }

    private void Begin(TimeSpan now)
    {
        if (!_isUnderWay)
        {
            // Whoever comes a second or more after the last finds it calm, and is shown at once.
            _isFolded &= now < _end + Second;
            _end = now + Second;
            _isUnderWay = true;
        }
    }
}
