using System.Diagnostics;
using System.Threading.Channels;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Protocols.Scenarios;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Verbs.Link;

/// <summary>Lets the script and the keys change a link that runs, and shows what it does, until the user has enough.</summary>
internal sealed class LinkPlayer
{
    private static readonly TimeSpan PanelPace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CounterPace = TimeSpan.FromSeconds(1);

    private readonly LinkRelay _relay;
    private readonly LinkBoard _board;
    private readonly string _way;
    private readonly CommandConsole _console;
    private readonly LivePanel _panel;
    private readonly bool _isQuiet;
    private readonly JsonEvents? _json;
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly Channel<char> _keys = Channel.CreateBounded<char>(16);
    private TimeSpan _countersDue = CounterPace;
    private (LinkCounters ToTarget, LinkCounters ToClient) _counted = (new LinkCounters(), new LinkCounters());

    /// <summary>Takes a link that runs.</summary>
    /// <param name="relay">The link.</param>
    /// <param name="board">What it does and what is to happen to it.</param>
    /// <param name="way">From where to where, for people.</param>
    /// <param name="console">Where people read and press keys.</param>
    /// <param name="panel">Where they are shown what it does.</param>
    /// <param name="isQuiet">Whether they are told nothing of the script.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    public LinkPlayer(LinkRelay relay, LinkBoard board, string way, CommandConsole console, LivePanel panel, bool isQuiet, JsonEvents? json)
    {
        _relay = relay;
        _board = board;
        _way = way;
        _console = console;
        _panel = panel;
        _isQuiet = isQuiet;
        _json = json;
    }

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begun);

    /// <summary>Runs until the user has enough.</summary>
    /// <param name="interruption">Cancelled when that is.</param>
    /// <returns>When it is over.</returns>
    public async Task RunAsync(CancellationToken interruption)
    {
        if (_panel.IsShown && _console.ReadKey is { } readKey)
        {
            new Thread(() => ReadKeys(readKey)) { IsBackground = true, Name = "keys of the link" }.Start();
        }

        while (!interruption.IsCancellationRequested)
        {
            TakeSteps();
            if (TakeKeys())
            {
                return;
            }

            Count();
            _panel.Show(LinkView.Lines(Snapshot(), _board, _console.ErrorColumns));
            await WaitAsync(interruption);
        }
    }

    private void ReadKeys(Func<char> readKey)
    {
        try
        {
            while (true)
            {
                // A key that finds no room is one too many to be meant.
                _keys.Writer.TryWrite(readKey());
            }
        }
        catch (InvalidOperationException)
        {
            // The terminal has gone.
        }
    }

    private void TakeSteps()
    {
        foreach (ScriptStep step in _board.Advance(Elapsed))
        {
            Apply();
            if (!_isQuiet)
            {
                _panel.WriteLine($"aldis: {step.Text}: {Now()}");
            }

            Tell("script", step.Text);
        }
    }

    private bool TakeKeys()
    {
        while (_keys.Reader.TryRead(out char pressed))
        {
            LinkKey key = LinkKeys.Of(pressed);
            if (key.Kind == LinkKeyKind.End)
            {
                return true;
            }

            if (key.Change is { } change)
            {
                _board.Change(change);
                Apply();
                Tell("key", pressed.ToString());
            }
            else if (key.Kind == LinkKeyKind.Help)
            {
                foreach (string line in LinkKeys.Help)
                {
                    _panel.WriteLine(line);
                }
            }
        }

        return false;
    }

    private void Apply()
    {
        _relay.ToTarget = _board[LinkDirection.ToTarget];
        _relay.ToClient = _board[LinkDirection.ToClient];
    }

    private string Now() => LinkFaultsText.Of(_board[LinkDirection.ToTarget], _board[LinkDirection.ToClient]);

    private void Tell(string cause, string text) => _json?.Write("changed", writer =>
    {
        writer.WriteString("cause", cause);
        writer.WriteString("text", text);
        writer.WriteString("now", Now());
    });

    private void Count()
    {
        if (_json is null || Elapsed < _countersDue)
        {
            return;
        }

        _countersDue = Elapsed + CounterPace;
        LinkSnapshot now = Snapshot();
        if ((now.ToTarget, now.ToClient) != _counted)
        {
            LinkReport.Counted(now, _json);
            _counted = (now.ToTarget, now.ToClient);
        }
    }

    private LinkSnapshot Snapshot() => new(
        _way, Elapsed, _relay.Clients, _relay.OpenClients, _relay.CountersOf(LinkDirection.ToTarget), _relay.CountersOf(LinkDirection.ToClient));

    private async Task WaitAsync(CancellationToken interruption)
    {
        TimeSpan now = Elapsed;
        TimeSpan due = _board.Due - now ?? TimeSpan.MaxValue;
        due = _panel.IsShown && due > PanelPace ? PanelPace : due;
        due = _json is not null && due > _countersDue - now ? _countersDue - now : due;

        // A timer takes no more than some 49 days; rounded up, it does not come a moment before its time.
        due = due > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : due < TimeSpan.Zero ? TimeSpan.Zero : due + TimeSpan.FromMilliseconds(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        await Task.WhenAny(Task.Delay(due, stop.Token), _keys.Reader.WaitToReadAsync(stop.Token).AsTask());
        await stop.CancelAsync();
    }
}
