using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Where everything on a picture of a ladder stands. Time runs downwards and never back, in proportion where there is room: labels of one
/// side keep a distance, and long waits are shortened. So arrows cross on the picture exactly where one datagram overtook another.
/// </summary>
internal sealed class LadderLayout
{
    private const double RowHeight = 15;
    private const double TransitHeight = 46;
    private const double LongestGap = 76;
    private const double LeastFall = 24;

    private readonly SortedDictionary<long, Moment> _moments = [];
    private readonly List<Moment> _order = [];
    private readonly long _frameTransit;
    private readonly long _replyTransit;

    /// <summary>Places steps.</summary>
    /// <param name="steps">In order of time.</param>
    public LadderLayout(IReadOnlyList<LadderStep> steps)
    {
        _frameTransit = Transit(steps, TraceSide.Client);
        _replyTransit = Transit(steps, TraceSide.Server);
        for (int i = 0; i < steps.Count; i++)
        {
            Add(steps[i], i);
        }

        foreach ((long time, Moment moment) in _moments)
        {
            moment.Time = time;
            _order.Add(moment);
        }

        Place();
    }

    /// <summary>All moments at which something happens, in order.</summary>
    public IReadOnlyList<Moment> Moments => _order;

    /// <summary>Where the last thing is.</summary>
    public double Height { get; private set; }

    /// <summary>What happens at a moment of a step.</summary>
    public Moment At(long nanoseconds) => _moments[nanoseconds];

    /// <summary>When an arrow begins, seen or reckoned.</summary>
    public long Departure(LadderStep step) => step.DepartureNanoseconds >= 0
        ? step.DepartureNanoseconds
        : Math.Max(0, step.ArrivalNanoseconds - TransitOf(step));

    /// <summary>When an arrow ends: seen, or reckoned for what never arrived.</summary>
    public long Arrival(LadderStep step) => step.ArrivalNanoseconds >= 0
        ? step.ArrivalNanoseconds
        : step.DepartureNanoseconds + TransitOf(step);

    private static long Transit(IReadOnlyList<LadderStep> steps, TraceSide side)
    {
        List<long> all = [.. steps
            .Where(s => s.IsArrow && s.Side == side && s.ArrivalNanoseconds >= 0 && s.DepartureNanoseconds >= 0)
            .Select(s => s.ArrivalNanoseconds - s.DepartureNanoseconds)
            .Order()];
        return all.Count == 0 ? 0 : all[all.Count / 2];
    }

    private long TransitOf(LadderStep step)
    {
        long own = step.Side == TraceSide.Client ? _frameTransit : _replyTransit;
        return Math.Max(1, own > 0 ? own : Math.Max(_frameTransit, _replyTransit));
    }

    private void Add(LadderStep step, int index)
    {
        if (!step.IsArrow)
        {
            MomentAt(step.TimeNanoseconds).OfSide(step.Side).Add(new LadderLabel(index, step, LadderLabelKind.Mark));
            return;
        }

        Moment departure = MomentAt(Departure(step));
        Moment arrival = MomentAt(Arrival(step));
        arrival.Origins.Add(departure);
        if (!step.IsLinkCopy && step.DepartureNanoseconds >= 0)
        {
            departure.OfSide(step.Side).Add(new LadderLabel(index, step, LadderLabelKind.Departure));
        }

        TraceSide other = step.Side == TraceSide.Client ? TraceSide.Server : TraceSide.Client;
        if (step.ArrivalNanoseconds >= 0)
        {
            arrival.OfSide(other).Add(new LadderLabel(index, step, LadderLabelKind.Arrival));
        }
        else
        {
            arrival.KeepRoom(other); // where it would have arrived; so the crosses of several losses stand apart too
        }
    }

    private Moment MomentAt(long time)
    {
        if (!_moments.TryGetValue(time, out Moment? moment))
        {
            moment = new Moment();
            _moments.Add(time, moment);
        }

        return moment;
    }

    private void Place()
    {
        double scale = TransitHeight / Math.Max(1, Math.Max(_frameTransit, _replyTransit));
        double left = double.NegativeInfinity;
        double right = double.NegativeInfinity;
        Moment? previous = null;
        foreach (Moment moment in _order)
        {
            double y = 0;
            if (previous is not null)
            {
                double natural = (moment.Time - previous.Time) * scale;
                moment.IsShortened = natural > 1.4 * LongestGap;
                y = previous.Y + Math.Min(natural, LongestGap);
            }

            y = Math.Max(y, moment.NeedsRoom(TraceSide.Client) ? left + RowHeight : y);
            y = Math.Max(y, moment.NeedsRoom(TraceSide.Server) ? right + RowHeight : y);
            foreach (Moment origin in moment.Origins)
            {
                y = Math.Max(y, origin.Y + LeastFall);
            }

            moment.Y = y;
            left = moment.NeedsRoom(TraceSide.Client) ? y + ((moment.ClientRows - 1) * RowHeight) : left;
            right = moment.NeedsRoom(TraceSide.Server) ? y : right;
            Height = Math.Max(Height, Math.Max(y, Math.Max(left, right)));
            previous = moment;
        }
    }

    /// <summary>A moment and what happens in it.</summary>
    internal sealed class Moment
    {
        private bool _keepsClientRoom;
        private bool _keepsServerRoom;

        public long Time { get; set; }

        public double Y { get; set; }

        /// <summary>Whether the time since the moment before is shown shorter than it was.</summary>
        public bool IsShortened { get; set; }

        public List<LadderLabel> Client { get; } = [];

        public List<LadderLabel> Server { get; } = [];

        /// <summary>Where the arrows began that end here.</summary>
        public List<Moment> Origins { get; } = [];

        /// <summary>A repetition has a second row for its reason.</summary>
        public int ClientRows => Client.Exists(static label => label.IsRepetition) ? 2 : 1;

        public List<LadderLabel> OfSide(TraceSide side) => side == TraceSide.Client ? Client : Server;

        /// <summary>Lets nothing else stand at this height of a side.</summary>
        public void KeepRoom(TraceSide side)
        {
            _keepsClientRoom |= side == TraceSide.Client;
            _keepsServerRoom |= side == TraceSide.Server;
        }

        public bool NeedsRoom(TraceSide side) =>
            OfSide(side).Count > 0 || (side == TraceSide.Client ? _keepsClientRoom : _keepsServerRoom);
    }
}
