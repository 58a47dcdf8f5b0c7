using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Lab.Experiments;

/// <summary>
/// One end of the virtual link: an engine and its interface, which sends one datagram after the other at the rate of the link, as in the
/// textbook, instead of into a queue.
/// </summary>
internal sealed class LabHost(PathKey address, ArqEndpoint endpoint, ImpairedLink link, LabHost.Carrier carry)
{
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private bool _waitsForLink;

    /// <summary>Takes a datagram that left.</summary>
    internal delegate void Carrier(LabHost from, ReadOnlySpan<byte> datagram, in LinkDecision decision);

    public PathKey Address { get; } = address;

    public ArqEndpoint Endpoint { get; } = endpoint;

    /// <summary>What its datagrams meet.</summary>
    public ImpairedLink Link { get; set; } = link;

    /// <summary>When it has to run again, if nothing arrives before.</summary>
    public long WakeNs(long nowNs)
    {
        long wake = Endpoint.NextDeadlineNs;
        if (Link.IdleAtNanoseconds <= nowNs)
        {
            return wake;
        }

        // While a frame is leaving, a timer has nothing to do that could be seen.
        return _waitsForLink ? Link.IdleAtNanoseconds : Math.Max(wake, Link.IdleAtNanoseconds);
    }

    /// <summary>What a scene does to a datagram of its own, by its number from 1; null: chance decides.</summary>
    public Func<long, LinkVerdict?> Scene { get; set; } = static _ => null;

    /// <summary>Bytes on the link of a datagram with so many; the opening's are those of UDP and IPv4, which its link adds.</summary>
    public Func<int, int> SizeOnLink { get; set; } = static length => length;

    public void Deliver(LabHost from, ReadOnlySpan<byte> datagram, long nowNs) =>
        Endpoint.OnDatagram(from.Address, datagram, datagram.Length, nowNs);

    /// <summary>Sends what can leave now.</summary>
    /// <returns>Whether anything did.</returns>
    public bool Send(long nowNs)
    {
        bool did = false;
        while (true)
        {
            _waitsForLink = Link.IdleAtNanoseconds > nowNs;
            if (!_waitsForLink && Endpoint.NextDeadlineNs <= nowNs)
            {
                Endpoint.OnTimer(nowNs); // what is due comes before anything new, even if something arrives at the same time
            }

            if (_waitsForLink || !Endpoint.TryGetTransmit(_buffer, nowNs, out Transmit transmit))
            {
                return did;
            }

            did = true;
            ReadOnlySpan<byte> datagram = _buffer.AsSpan(0, transmit.Length);
            int size = SizeOnLink(datagram.Length);
            LinkDecision decision = Scene(Link.Datagrams + 1) is { } verdict
                ? Link.Repeat(size, nowNs, verdict) : Link.Decide(size, nowNs);
            carry(this, datagram, decision);
        }
    }
}
