using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// What happened in a second, as one line that fits the terminal: what finds no room is left out, the least important first.
/// </summary>
/// <param name="columns">Columns of the terminal.</param>
/// <param name="zone">Where the person is.</param>
internal sealed class EventSummary(int columns, TimeZoneInfo zone)
{
    private const int MostBusy = 3;

    private readonly Dictionary<string, long> _clients = new(StringComparer.Ordinal);
    private readonly HashSet<string> _causes = new(StringComparer.Ordinal);

    /// <summary>Open connections by conversation, as events tell them; kept from second to second.</summary>
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private DateTimeOffset _time;
    private long _messages;
    private long _texts;
    private long _files;
    private long _bytes;
    private long _opened;
    private long _closed;
    private long _refused;
    private long _others;
    private long _missed;

    /// <summary>Counts an event.</summary>
    /// <param name="what">The event.</param>
    public void Add(in ServiceEvent what)
    {
        _time = what.Time;
        switch (what.Kind)
        {
            case ServiceEventKind.MessageReceived:
                _messages++;
                CountPayload(what);
                break;
            case ServiceEventKind.MessageAcknowledged:
                break;
            case ServiceEventKind.TextReceived or ServiceEventKind.GreetingReceived:
                _texts++;
                CountPayload(what);
                break;
            case ServiceEventKind.FileReceived:
                _files++;
                CountPayload(what);
                break;
            case ServiceEventKind.ConnectionOpened:
                _opened++;
                _open[what.Service] = what.Active;
                break;
            case ServiceEventKind.ConnectionClosed:
                _closed++;
                _open[what.Service] = what.Active;
                break;
            case ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused
                or ServiceEventKind.DatagramRefused:
                _refused += 1 + what.Further;
                if (what.Cause != ServiceEventCause.None)
                {
                    _causes.Add(KebabName.Of(what.Cause));
                }

                break;
            default:
                _others++;
                break;
        }
    }

    /// <summary>Counts events that were lost on the way here.</summary>
    /// <param name="count">How many.</param>
    public void Miss(long count) => _missed += count;

    /// <summary>The line.</summary>
    public string Line()
    {
        // In the order in which they are shown; the greater the rank, the sooner it is left out.
        var parts = new List<(int Rank, string Text)> { (0, EventLine.Clock(_time, zone)) };
        Count(1, _clients.Count, "client", "clients");
        Count(0, _messages, "message", "messages");
        Count(0, _texts, "text", "texts");
        Count(0, _files, "file", "files");
        if (_bytes > 0)
        {
            parts.Add((3, Quantity.Bytes(_bytes)));
        }

        Count(2, _opened, "came", "came");
        Count(2, _closed, "left", "left");
        int open = _open.Values.Sum();
        if (open + _opened + _closed > 0)
        {
            parts.Add((4, $"{Quantity.Count(open)} open"));
        }

        Count(0, _refused, "refused", "refused");
        if (_causes.Count > 0)
        {
            parts.Add((5, $"({string.Join(", ", _causes.Order(StringComparer.Ordinal))})"));
        }

        Count(2, _others, "other", "others");
        Count(0, _missed, "not counted", "not counted");
        if (_clients.Count > MostBusy)
        {
            IEnumerable<string> busy = _clients.OrderByDescending(static one => one.Value).Take(MostBusy)
                .Select(static one => $"{PrintableText.Escape(one.Key)} {Quantity.Count(one.Value)}");
            parts.Add((6, "most: " + string.Join(", ", busy)));
        }

        for (int rank = 6; rank > 0 && Joined().Length > columns; rank--)
        {
            parts.RemoveAll(part => part.Rank == rank);
        }

        return TextColumns.Cut(Joined(), columns);

        string Joined() => string.Join("  ", parts.Select(static part => part.Text));

        void Count(int rank, long number, string one, string many)
        {
            if (number > 0)
            {
                parts.Add((rank, $"{Quantity.Count(number)} {(number == 1 ? one : many)}"));
            }
        }
    }

    /// <summary>Begins another second.</summary>
    public void Clear()
    {
        _clients.Clear();
        _causes.Clear();
        (_messages, _texts, _files, _bytes) = (0, 0, 0, 0);
        (_opened, _closed, _refused, _others, _missed) = (0, 0, 0, 0, 0);
    }

    private void CountPayload(in ServiceEvent what)
    {
        string who = EventLine.Who(what);
        _clients[who] = _clients.GetValueOrDefault(who) + 1;
        _bytes += what.Length;
    }
}
