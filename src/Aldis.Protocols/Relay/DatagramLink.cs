using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Relay;

/// <summary>One direction of one client: what becomes of its datagrams, into the queue of who sends them on.</summary>
/// <param name="options">What the relay does.</param>
/// <param name="direction">Which way.</param>
/// <param name="client">Number of the client.</param>
/// <param name="queue">Where copies wait until they arrive.</param>
/// <param name="to">Where they go at first.</param>
internal sealed class DatagramLink(RelayOptions options, LinkDirection direction, long client, RelayQueue queue, PathKey to)
{
    private readonly ImpairedLink _link = new(new LinkOptions(), options.Plan.SeedOf(direction, client));
    private int _version = -1;

    /// <summary>Where they go.</summary>
    public PathKey To { get; set; } = to;

    /// <summary>Passes on what one receive call returned.</summary>
    /// <param name="buffer">A datagram, or several of one size.</param>
    /// <param name="segmentSize">As <see cref="IDatagramEngine.OnDatagram"/> has it.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Pass(ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        if (_version != options.Plan.Version)
        {
            _version = options.Plan.Version;
            _link.Options = options.Plan.FaultsOf(direction, client).ForDatagrams();
        }

        int size = segmentSize is > 0 && segmentSize < buffer.Length ? segmentSize : buffer.Length;
        do
        {
            int length = Math.Min(size, buffer.Length);
            PassOne(buffer[..length], nowNs);
            buffer = buffer[length..];
        }
        while (!buffer.IsEmpty);
    }

    private void PassOne(ReadOnlySpan<byte> datagram, long nowNs)
    {
        long unit = _link.Datagrams;
        LinkDecision decision = options.Replay is null ? _link.Decide(datagram.Length, nowNs)
            : _link.Repeat(datagram.Length, nowNs, options.Replay.TryGet(direction, client, unit, out LinkVerdict given) ? given : default);
        LinkVerdict verdict = decision.Verdict;
        if (decision.Copies > 0 && !queue.TryAdd(To, decision.First, datagram))
        {
            verdict = new LinkVerdict { Drop = LinkFault.QueueFull };
        }
        else if (decision.Copies == 2)
        {
            // Where there is no room for it, only a copy is lost that nobody sent.
            queue.TryAdd(To, decision.Second, datagram);
        }

        options.Note(direction, client, unit, datagram.Length, verdict, nowNs);
    }
}
