using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Times in which a machine does not run, as a virtual one whose host gives the processor to another: pauses begin at random, so
/// many a second on average, and the logarithm of their length is spread evenly between that of a shortest and of a longest.</summary>
internal sealed class Pauses(SeededRandom random, double perSecond, long shortestNs, long longestNs)
{
    private const double NsPerSecond = 1e9;

    private long _startNs;
    private long _endNs;

    /// <summary>The first moment from a time on at which the machine runs. Times asked for do not go back behind the pause before.</summary>
    public long WhenAwake(long timeNs)
    {
        while (timeNs >= _endNs)
        {
            _startNs = _endNs + (long)(-Math.Log(1 - random.NextUnit()) / perSecond * NsPerSecond);
            _endNs = _startNs + (long)(shortestNs * Math.Pow((double)longestNs / shortestNs, random.NextUnit()));
        }

        return timeNs < _startNs ? timeNs : _endNs;
    }
}
