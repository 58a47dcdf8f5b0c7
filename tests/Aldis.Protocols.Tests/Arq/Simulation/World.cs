using System.Buffers;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// Hosts, the links between them and a clock that jumps from event to event. Events at one time happen in the order in which they
/// were caused, so that a run is a function of its seeds.
/// </summary>
internal sealed class World
{
    private const int SpinLimit = 2000;
    private const int FruitlessLimit = 10_000;

    private readonly PriorityQueue<Delivery, (long Time, long Order)> _deliveries = new();
    private readonly List<Host> _hosts = [];
    private readonly Dictionary<(Host From, UInt128 Address, ushort Port), (Host To, ImpairedLink Link)> _routes = [];
    private long _order;
    private int _wakesAtThisTime;
    private int _fruitlessWakes;

    public long NowNs { get; private set; }

    public long Steps { get; private set; }

    public IWorldObserver? Observer { get; set; }

    /// <summary>Whether datagrams that arrive at one instant from one peer are handed over as one buffer, as UDP_GRO does.</summary>
    public bool BatchesReceives { get; set; }

    /// <summary>When the links do not run: they take and hand over what came meanwhile afterwards.</summary>
    public Pauses? LinkPauses { get; set; }

    public int InFlight => _deliveries.Count;

    public Host Add(Host host)
    {
        _hosts.Add(host);
        return host;
    }

    public void Join(Host one, Host other, ImpairedLink forth, ImpairedLink back)
    {
        _routes[(one, other.Address.RemoteAddress, other.Address.RemotePort)] = (other, forth);
        _routes[(other, one.Address.RemoteAddress, one.Address.RemotePort)] = (one, back);
    }

    public void Carry(Host from, in PathKey to, ReadOnlySpan<byte> datagram)
    {
        if (!_routes.TryGetValue((from, to.RemoteAddress, to.RemotePort), out (Host To, ImpairedLink Link) route))
        {
            return;
        }

        _fruitlessWakes = 0;
        Observer?.OnSent(from, route.To, datagram);
        long arrivalNs = LinkPauses?.WhenAwake(NowNs) ?? NowNs;
        LinkDecision decision = route.Link.Decide(datagram.Length, arrivalNs);
        if (decision.Copies >= 1)
        {
            Schedule(from, route.To, datagram, decision.First);
        }

        if (decision.Copies == 2)
        {
            Schedule(from, route.To, datagram, decision.Second);
        }
    }

    /// <summary>Lets the clock jump without anything happening, as when a machine sleeps.</summary>
    public void Sleep(long nanoseconds) => NowNs += nanoseconds;

    /// <summary>Runs until a condition holds, time is up, or nothing is left to happen.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool Run(Func<bool> until, long endNs, long maximumSteps = long.MaxValue)
    {
        long lastStep = maximumSteps == long.MaxValue ? long.MaxValue : Steps + maximumSteps;
        while (!until())
        {
            if (Steps >= lastStep || !Step(endNs))
            {
                return until();
            }
        }

        return true;
    }

    /// <summary>Runs everything up to a time and leaves the clock there.</summary>
    public void RunTo(long endNs)
    {
        while (Step(endNs))
        {
            // Step does it all.
        }

        NowNs = Math.Max(NowNs, endNs);
    }

    private bool Step(long endNs)
    {
        Host? waker = null;
        long wake = long.MaxValue;
        foreach (Host host in _hosts)
        {
            long hostWake = host.WakeNs;
            if (hostWake < wake)
            {
                wake = hostWake;
                waker = host;
            }
        }

        bool hasDelivery = _deliveries.TryPeek(out _, out (long Time, long Order) first);
        long next = hasDelivery ? Math.Min(first.Time, wake) : wake;
        if (next > endNs || next == long.MaxValue)
        {
            return false;
        }

        bool isDelivery = hasDelivery && first.Time <= wake;
        Advance(next, isDelivery);
        Steps++;
        if (isDelivery)
        {
            DeliverNext();
        }
        else
        {
            waker!.OnTimer();
        }

        return true;
    }

    private void Advance(long next, bool isDelivery)
    {
        if (next > NowNs)
        {
            NowNs = next;
            _wakesAtThisTime = 0;
        }
        else if (!isDelivery)
        {
            _wakesAtThisTime++;
        }

        _fruitlessWakes = isDelivery ? 0 : _fruitlessWakes + 1;
        if (_wakesAtThisTime > SpinLimit || _fruitlessWakes > FruitlessLimit)
        {
            throw new PropertyViolationException(
                Property.TimersDoNotSpin, $"{_wakesAtThisTime} timers without time passing, {_fruitlessWakes} without anything sent");
        }
    }

    private void DeliverNext()
    {
        Delivery delivery = _deliveries.Dequeue();
        long readyNs = Math.Max(LinkPauses?.WhenAwake(NowNs) ?? NowNs, delivery.To.Pauses?.WhenAwake(NowNs) ?? NowNs);
        if (readyNs > NowNs)
        {
            _deliveries.Enqueue(delivery, (readyNs, _order++));
            return;
        }

        if (!BatchesReceives)
        {
            delivery.To.Deliver(delivery.From.Address, delivery.Bytes.AsSpan(0, delivery.Length), delivery.Length, delivery.IsDamaged);
            ArrayPool<byte>.Shared.Return(delivery.Bytes);
            return;
        }

        byte[] batch = ArrayPool<byte>.Shared.Rent(65_536);
        int filled = Append(batch, 0, delivery);
        bool isDamaged = delivery.IsDamaged;
        int segment = delivery.Length;
        int last = segment;
        while (last == segment
            && _deliveries.TryPeek(out Delivery next, out (long Time, long Order) when)
            && when.Time <= NowNs && next.To == delivery.To && next.From == delivery.From
            && next.Length <= segment && filled + next.Length <= DatagramLimits.MaxPayload)
        {
            last = next.Length;
            isDamaged |= next.IsDamaged;
            filled = Append(batch, filled, _deliveries.Dequeue());
        }

        delivery.To.Deliver(delivery.From.Address, batch.AsSpan(0, filled), segment, isDamaged);
        ArrayPool<byte>.Shared.Return(batch);
    }

    private static int Append(byte[] batch, int filled, in Delivery delivery)
    {
        delivery.Bytes.AsSpan(0, delivery.Length).CopyTo(batch.AsSpan(filled));
        ArrayPool<byte>.Shared.Return(delivery.Bytes);
        return filled + delivery.Length;
    }

    private void Schedule(Host from, Host to, ReadOnlySpan<byte> datagram, in LinkCopy copy)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(datagram.Length, 1));
        datagram.CopyTo(bytes);
        int length = copy.ApplyTo(bytes.AsSpan(0, datagram.Length));
        if (length == 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return;
        }

        var delivery = new Delivery(from, to, bytes, length, copy.Damage != LinkFault.None);
        _deliveries.Enqueue(delivery, (Math.Max(copy.ArrivalNanoseconds, NowNs), _order++));
    }

    private readonly record struct Delivery(Host From, Host To, byte[] Bytes, int Length, bool IsDamaged);
}
