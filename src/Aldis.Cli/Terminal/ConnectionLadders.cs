using System.Globalization;
using Aldis.Lab.Drawings;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Draws a ladder of each connection of a client on standard error, as the client sees it: what it sent and what came, when it learned that
/// something had arrived, and why it sent something again. Times count from the connection's first packet; frames are named by their bytes,
/// because one that is sent before it is full ends where it ends.
/// </summary>
internal sealed class ConnectionLadders : ILiveView
{
    private const int TimeDecimals = 3;
    private const int TimeColumns = 10;

    private readonly Dictionary<ulong, (LadderBuilder Builder, LadderMoments Moments, LadderText Text, long ZeroNanoseconds)> _open = [];
    private readonly CommandConsole _console;
    private readonly LadderClock _clock = new(TimeDecimals);
    private readonly LadderLine _line;
    private readonly string _place;
    private long _latest;

    /// <param name="console">Where they are drawn.</param>
    /// <param name="address">The server.</param>
    public ConnectionLadders(CommandConsole console, EndpointAddress address)
    {
        _console = console;
        _place = address.ToString();
        _line = new LadderLine(console.ErrorColumns, TimeColumns, _clock, new LadderPaint(console.UseColor));
    }

    public void Record(in TraceEvent traceEvent)
    {
        _latest = traceEvent.TimeNanoseconds;
        if (traceEvent is { Kind: TraceEventKind.ControlSent, Cause: TraceCause.Syn } && !_open.ContainsKey(traceEvent.ConnectionId))
        {
            Begin(traceEvent);
        }

        if (!_open.TryGetValue(traceEvent.ConnectionId, out var ladder))
        {
            return;
        }

        ladder.Builder.Record(traceEvent with
        {
            TimeNanoseconds = traceEvent.TimeNanoseconds - ladder.ZeroNanoseconds,
            FrameIndex = TraceEvent.NotApplicable,
            Value = traceEvent.Kind == TraceEventKind.TimerFired ? traceEvent.Value - ladder.ZeroNanoseconds : traceEvent.Value,
        });
        if (traceEvent.Kind == TraceEventKind.ConnectionClosed)
        {
            End(traceEvent.ConnectionId);
        }
    }

    public void Skip(long count)
    {
        string sentence = string.Create(
            CultureInfo.InvariantCulture, $"{count} events are missing here: they came faster than they could be shown");
        foreach (string line in _line.LeftOut(sentence))
        {
            Write(line);
        }
    }

    public void Complete()
    {
        foreach (ulong connection in _open.Keys.ToArray())
        {
            End(connection);
        }
    }

    private void Begin(in TraceEvent first)
    {
        var text = new LadderText(Write, _line, _clock, LadderTextLimits.None);
        var moments = new LadderMoments(text.Take);
        var builder = new LadderBuilder(LadderView.Client, frameSize: 0, moments);
        _open.Add(first.ConnectionId, (builder, moments, text, first.TimeNanoseconds));
        Write($"{_place}, as the client sees it:");
        Write(_line.Heading("client", "server"));
    }

    private void End(ulong connection)
    {
        (LadderBuilder builder, LadderMoments moments, LadderText text, long zero) = _open[connection];
        builder.Complete(_latest - zero);
        moments.Complete();
        text.Complete();
        _open.Remove(connection);
    }

    private void Write(string line) => _console.Error.WriteLine(_console.Shown(line));
}
