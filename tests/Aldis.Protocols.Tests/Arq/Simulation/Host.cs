using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A machine: one engine, its applications and the driver's loop between them, in virtual time.</summary>
internal sealed class Host(World world, PathKey address, EndpointSeam endpoint)
{
    private const int SettleRounds = 10_000;

    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private long _lateNs;
    private bool _wantsToSend;

    public PathKey Address { get; } = address;

    public EndpointSeam Endpoint { get; } = endpoint;

    public List<StreamApplication> Applications { get; } = [];

    /// <summary>Makes the application of an accepted connection.</summary>
    public Func<StreamApplication>? Accepts { get; init; }

    /// <summary>Timers run up to this late, drawn evenly.</summary>
    public long TimerLatenessNs { get; init; }

    public SeededRandom? LatenessRandom { get; init; }

    /// <summary>When the machine does not run; null: it always does.</summary>
    public Pauses? Pauses { get; set; }

    /// <summary>The host's own interface: frames leave one after the other at its rate, as in the textbook, instead of into a
    /// queue.</summary>
    public ImpairedLink? Interface { get; set; }

    public long NowNs => world.NowNs;

    public long DatagramsSent { get; private set; }

    public long LastSentNs { get; private set; }

    /// <summary>When this host must run again.</summary>
    public long WakeNs
    {
        get
        {
            long wake = Endpoint.NextDeadlineNs;
            wake = wake == long.MaxValue ? wake : wake + _lateNs;
            foreach (StreamApplication application in Applications)
            {
                wake = Math.Min(wake, application.NextWakeNs);
            }

            if (Pauses is not null && wake != long.MaxValue)
            {
                return Pauses.WhenAwake(Math.Max(wake, world.NowNs));
            }

            return Interface is null || Interface.IdleAtNanoseconds <= world.NowNs
                ? wake
                : Math.Max(_wantsToSend ? 0 : wake, Interface.IdleAtNanoseconds);
        }
    }

    public StreamApplication Connect(Host server, ConnectionOptions options, StreamApplication application)
    {
        application.Attach(Endpoint.Endpoint.Connect(server.Address, options, world.NowNs));
        Applications.Add(application);
        Settle();
        return application;
    }

    public void Deliver(in PathKey from, ReadOnlySpan<byte> buffer, int segmentSize, bool isDamaged)
    {
        world.Observer?.BeforeDelivery(this, buffer, segmentSize, isDamaged);
        Endpoint.OnDatagram(from, buffer, segmentSize, world.NowNs);
        world.Observer?.AfterDelivery(this, buffer, segmentSize, isDamaged);
        if (Interface is not null && Endpoint.NextDeadlineNs <= world.NowNs)
        {
            Endpoint.OnTimer(world.NowNs); // or a delivery at every end of a frame would keep the timers from ever running
        }

        Settle();
    }

    public void OnTimer()
    {
        Endpoint.OnTimer(world.NowNs);
        _lateNs = TimerLatenessNs == 0 ? 0 : (long)LatenessRandom!.NextBelow((ulong)TimerLatenessNs + 1);
        Settle();
    }

    /// <summary>Runs the driver's loop until nothing more happens at this time.</summary>
    public void Settle()
    {
        for (int round = 0; ; round++)
        {
            bool did = SendAll();
            did |= TakeEvents();
            for (int i = 0; i < Applications.Count; i++)
            {
                did |= Applications[i].Pump(Endpoint, world.NowNs);
            }

            if (!did)
            {
                break;
            }

            if (round > SettleRounds)
            {
                throw new PropertyViolationException(Property.TimersDoNotSpin, "a host never comes to rest at one instant");
            }
        }

        world.Observer?.OnSettled(this);
    }

    private bool SendAll()
    {
        bool did = false;
        while (true)
        {
            _wantsToSend = Interface is not null && Interface.IdleAtNanoseconds > world.NowNs;
            if (_wantsToSend || !Endpoint.TryGetTransmit(_buffer, world.NowNs, out Transmit transmit))
            {
                break;
            }

            did = true;
            world.Observer?.OnTransmit(this, transmit);
            for (int offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                int length = Math.Min(transmit.SegmentSize, transmit.Length - offset);
                DatagramsSent++;
                LastSentNs = world.NowNs;
                world.Carry(this, transmit.Path, _buffer.AsSpan(offset, length));
            }
        }

        return did;
    }

    private bool TakeEvents()
    {
        bool did = false;
        while (Endpoint.TryGetEvent(out ArqEvent occurred))
        {
            did = true;
            if (occurred.Kind == ArqEventKind.Accepted && Accepts is not null)
            {
                StreamApplication application = Accepts();
                application.Attach(occurred.Connection);
                Applications.Add(application);
            }

            (occurred.Connection.Tag as StreamApplication)?.OnEvent(occurred, world.NowNs);
        }

        return did;
    }
}
