using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A network card that confuses its buffers: some datagrams come with the second half of another, some with bytes of another, or
/// with noise, behind their end.</summary>
internal sealed class SplicingSeam(ArqEndpoint endpoint, double share, ulong seed) : EndpointSeam(endpoint)
{
    private const int MostAppended = 300;

    private readonly SeededRandom _random = new(seed);
    private byte[] _last = [];

    /// <summary>Datagrams joined from two.</summary>
    public int Spliced { get; private set; }

    /// <summary>Datagrams with something behind their end.</summary>
    public int Extended { get; private set; }

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        byte[] arrives = buffer.ToArray();
        if (_last.Length > 0 && _random.Chance(share))
        {
            arrives = Confuse(arrives);
        }

        _last = buffer.ToArray();
        base.OnDatagram(path, arrives, arrives.Length, nowNs);
    }

    private byte[] Confuse(byte[] datagram)
    {
        switch (_random.NextBelow(3))
        {
            case 0:
                Spliced++;
                int cut = 1 + _random.NextBelow(datagram.Length);
                return [.. datagram[..cut], .. _last[Math.Min(cut, _last.Length)..]];
            case 1:
                Extended++;
                return [.. datagram, .. _last[_random.NextBelow(_last.Length)..]];
            default:
                Extended++;
                var noise = new byte[1 + _random.NextBelow(MostAppended)];
                _random.Fill(noise);
                return [.. datagram, .. noise];
        }
    }
}
