using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>Finds the largest datagram the path carries (RFC 8899, simplified): tries larger sizes by padded probes, three times each,
/// and falls back if nothing large gets through any more. The loss of a probe says nothing about congestion.</summary>
internal struct DatagramSizer
{
    /// <summary>The size every path is taken to carry (RFC 8899 section 5.1.2).</summary>
    public const int BaseSize = 1_200;

    private const int TriesPerSize = 3;
    private const int BlackHoleTimeouts = 3;

    private readonly int _largest;
    private int _tries;
    private bool _isSearching;
    private long _probe;

    /// <param name="largest">The size agreed on.</param>
    /// <param name="probes">Whether sizes above the base are to be proven.</param>
    public DatagramSizer(int largest, bool probes)
    {
        _largest = largest;
        _isSearching = probes && largest > BaseSize;
        Current = _isSearching ? BaseSize : largest;
    }

    /// <summary>Where every datagram has the size of a frame: nothing is searched, and nothing could be changed.</summary>
    public static DatagramSizer Fixed => new(BaseSize, probes: false);

    private static ReadOnlySpan<int> Candidates => [1_400, 1_452, 1_472, 8_972, 16_384, DatagramLimits.MaxPayload];

    /// <summary>The size in use.</summary>
    public int Current { get; private set; }

    /// <summary>The size to probe next, or 0 if no probe is due.</summary>
    public readonly int WantedProbe => _isSearching && _probe == 0 ? NextSize() : 0;

    public void OnProbeSent(long packetNumber) => _probe = packetNumber;

    /// <summary>The peer acknowledged a probe of a size.</summary>
    /// <returns>Whether the size in use changed.</returns>
    public bool OnProbeAcknowledged(int size)
    {
        _probe = 0;
        _tries = 0;
        if (!_isSearching || size <= Current)
        {
            return false;
        }

        Current = size;
        _isSearching = size < _largest;
        return true;
    }

    public void OnProbeLost(long packetNumber)
    {
        if (packetNumber != _probe)
        {
            return;
        }

        _probe = 0;
        if (++_tries >= TriesPerSize)
        {
            _isSearching = false;
        }
    }

    /// <summary>Probe time-outs without an answer: the path may have become narrower.</summary>
    /// <returns>Whether the size in use changed.</returns>
    public bool OnTimeouts(int consecutive)
    {
        if (consecutive < BlackHoleTimeouts || Current <= BaseSize || _largest <= BaseSize)
        {
            return false;
        }

        Current = BaseSize;
        _isSearching = false;
        return true;
    }

    private readonly int NextSize()
    {
        foreach (int candidate in Candidates)
        {
            if (candidate > Current && candidate < _largest)
            {
                return candidate;
            }
        }

        return _largest;
    }
}
