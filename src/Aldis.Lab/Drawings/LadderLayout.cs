using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Where everything on a picture of a ladder stands. Time runs downwards and never back, in proportion where there is room: labels of one
/// side keep a distance, and long waits are shortened. So arrows cross on the picture exactly where one datagram overtook another. To scale
/// time is in proportion throughout; a label then gives way to the one above, and where it would come too far away it is left out.
/// </summary>
internal sealed class LadderLayout
{
    private const double RowHeight = 15;
    private const double AsideHeight = 13;
    private const double TransitHeight = 46;
    private const double LongestGap = 76;
    private const double LeastFall = 24;
    private const double TransitToScale = 160;
    private const double HighestToScale = 16_000;
    private const double FarthestLabel = 300;

    private readonly SortedDictionary<long, Instant> _instants = [];
    private readonly List<Instant> _order = [];
    private readonly long _frameTransit;
    private readonly long _replyTransit;

    /// <summary>Places moments.</summary>
    /// <param name="moments">In order of time.</param>
    /// <param name="labels">What stands beside the lifelines.</param>
    /// <param name="isToScale">Whether time is in proportion throughout.</param>
    public LadderLayout(IReadOnlyList<LadderMoment> moments, LadderLabels labels, bool isToScale)
    {
        _frameTransit = Transit(moments, TraceSide.Client);
        _replyTransit = Transit(moments, TraceSide.Server);
        for (int i = 0; i < moments.Count; i++)
        {
            Add(moments[i], i);
        }

        foreach ((long time, Instant instant) in _instants)
        {
            instant.Time = time;
            instant.ClientRows = labels.RowsOf(instant.Client);
            instant.ServerRows = labels.RowsOf(instant.Server);
            _order.Add(instant);
        }

        if (isToScale)
        {
            PlaceToScale();
        }
        else
        {
            Place();
        }
    }

    /// <summary>All instants at which something happens, in order.</summary>
    public IReadOnlyList<Instant> Instants => _order;

    /// <summary>Where the last thing is.</summary>
    public double Height { get; private set; }

    /// <summary>Units of the picture for a nanosecond; 0 where time is not to scale.</summary>
    public double Scale { get; private set; }

    /// <summary>What happens at an instant of a step.</summary>
    public Instant At(long nanoseconds) => _instants[nanoseconds];

    /// <summary>When an arrow begins, seen or reckoned.</summary>
    public long Departure(LadderStep step) => step.DepartureNanoseconds >= 0
        ? step.DepartureNanoseconds
        : Math.Max(0, step.ArrivalNanoseconds - TransitOf(step));

    /// <summary>When an arrow ends: seen, or reckoned for what never arrived.</summary>
    public long Arrival(LadderStep step) => step.ArrivalNanoseconds >= 0
        ? step.ArrivalNanoseconds
        : step.DepartureNanoseconds + TransitOf(step);

    /// <summary>How far below its instant the last of some rows stands.</summary>
    public static double Depth(IReadOnlyList<LadderLabels.Row> rows) => rows.Skip(1).Sum(Below);

    /// <summary>How far a row stands below the one before it.</summary>
    public static double Below(LadderLabels.Row row) => row.IsSmall ? AsideHeight : RowHeight;

    private static long Transit(IReadOnlyList<LadderMoment> moments, TraceSide side)
    {
        List<long> all = [.. moments
            .Where(m => m.Kind == LadderMomentKind.Arrival && m.Step.Side == side && m.Step.DepartureNanoseconds >= 0)
            .Select(m => m.Step.ArrivalNanoseconds - m.Step.DepartureNanoseconds)
            .Order()];
        return all.Count == 0 ? 0 : all[all.Count / 2];
    }

    private long TransitOf(LadderStep step)
    {
        long own = step.Side == TraceSide.Client ? _frameTransit : _replyTransit;
        return Math.Max(1, own > 0 ? own : Math.Max(_frameTransit, _replyTransit));
    }

    private void Add(LadderMoment moment, int index)
    {
        LadderStep step = moment.Step;
        if (!step.IsArrow)
        {
            InstantAt(moment.TimeNanoseconds).OfSide(step.Side).Add((index, moment));
            return;
        }

        Instant departure = InstantAt(Departure(step));
        Instant arrival = InstantAt(Arrival(step));
        switch (moment.Kind)
        {
            case LadderMomentKind.Departure:
                departure.OfSide(step.Side).Add((index, moment));
                break;
            case LadderMomentKind.Arrival:
                arrival.Origins.Add(departure);
                arrival.OfSide(moment.Side).Add((index, moment));
                break;
            default:
                arrival.Origins.Add(departure);
                arrival.KeepRoom(step.Side); // where it would have arrived; so the crosses of several losses stand apart too
                break;
        }
    }

    private Instant InstantAt(long time)
    {
        if (!_instants.TryGetValue(time, out Instant? instant))
        {
            instant = new Instant();
            _instants.Add(time, instant);
        }

        return instant;
    }

    private void Place()
    {
        double scale = TransitHeight / Math.Max(1, Math.Max(_frameTransit, _replyTransit));
        double left = double.NegativeInfinity;
        double right = double.NegativeInfinity;
        Instant? previous = null;
        foreach (Instant instant in _order)
        {
            double y = 0;
            if (previous is not null)
            {
                double natural = (instant.Time - previous.Time) * scale;
                instant.IsShortened = natural > 1.4 * LongestGap;
                y = previous.Y + Math.Min(natural, LongestGap);
            }

            y = Math.Max(y, instant.NeedsRoom(TraceSide.Client) ? left + RowHeight : y);
            y = Math.Max(y, instant.NeedsRoom(TraceSide.Server) ? right + RowHeight : y);
            foreach (Instant origin in instant.Origins)
            {
                y = Math.Max(y, origin.Y + LeastFall);
            }

            instant.Y = instant.ClientLabelY = instant.ServerLabelY = y;
            left = instant.NeedsRoom(TraceSide.Client) ? y + Depth(instant.ClientRows) : left;
            right = instant.NeedsRoom(TraceSide.Server) ? y + Depth(instant.ServerRows) : right;
            Height = Math.Max(Height, Math.Max(y, Math.Max(left, right)));
            previous = instant;
        }
    }

    /// <summary>Time in proportion, so that a way of the usual length can be seen, if the picture does not become too high.</summary>
    private void PlaceToScale()
    {
        if (_order.Count == 0)
        {
            return;
        }

        long whole = Math.Max(1, _order[^1].Time - _order[0].Time);
        Scale = Math.Min(HighestToScale / whole, TransitToScale / Math.Max(1, Math.Max(_frameTransit, _replyTransit)));
        double left = double.NegativeInfinity;
        double right = double.NegativeInfinity;
        foreach (Instant instant in _order)
        {
            instant.Y = (instant.Time - _order[0].Time) * Scale;
            (instant.ClientLabelY, instant.ClientRows) = GiveWay(instant.Y, instant.ClientRows, ref left);
            (instant.ServerLabelY, instant.ServerRows) = GiveWay(instant.Y, instant.ServerRows, ref right);
            Height = Math.Max(Height, Math.Max(instant.Y, Math.Max(left, right)));
        }
    }

    /// <summary>Where a label stands that belongs to a height, below the one before it; left out where that is too far away.</summary>
    private static (double Y, IReadOnlyList<LadderLabels.Row> Rows) GiveWay(
        double y, IReadOnlyList<LadderLabels.Row> rows, ref double last)
    {
        double label = Math.Max(y, last + RowHeight);
        if (rows.Count == 0 || label - y > FarthestLabel)
        {
            return (y, []);
        }

        last = label + Depth(rows);
        return (label, rows);
    }

    /// <summary>An instant and what happens in it.</summary>
    internal sealed class Instant
    {
        private bool _keepsClientRoom;
        private bool _keepsServerRoom;

        public long Time { get; set; }

        public double Y { get; set; }

        /// <summary>Where the label of the client's side stands, at or below <see cref="Y"/>.</summary>
        public double ClientLabelY { get; set; }

        /// <summary>Where the label of the server's side stands, at or below <see cref="Y"/>.</summary>
        public double ServerLabelY { get; set; }

        /// <summary>Whether the time since the instant before is shown shorter than it was.</summary>
        public bool IsShortened { get; set; }

        /// <summary>The moments at the client, by their numbers.</summary>
        public List<(int Index, LadderMoment Moment)> Client { get; } = [];

        /// <summary>The moments at the server, by their numbers.</summary>
        public List<(int Index, LadderMoment Moment)> Server { get; } = [];

        /// <summary>What stands beside the client's lifeline.</summary>
        public IReadOnlyList<LadderLabels.Row> ClientRows { get; set; } = [];

        /// <summary>What stands beside the server's lifeline.</summary>
        public IReadOnlyList<LadderLabels.Row> ServerRows { get; set; } = [];

        /// <summary>Where the arrows began that end here.</summary>
        public List<Instant> Origins { get; } = [];

        public List<(int Index, LadderMoment Moment)> OfSide(TraceSide side) => side == TraceSide.Client ? Client : Server;

        /// <summary>Lets nothing else stand where an arrow that left a side would have ended.</summary>
        public void KeepRoom(TraceSide from)
        {
            _keepsClientRoom |= from != TraceSide.Client;
            _keepsServerRoom |= from == TraceSide.Client;
        }

        public bool NeedsRoom(TraceSide side) =>
            OfSide(side).Count > 0 || (side == TraceSide.Client ? _keepsClientRoom : _keepsServerRoom);
    }
}
