using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>What is remembered of the arrows that leave one side, and of how far its stream has come.</summary>
internal sealed class LadderLane
{
    private const int LargestLog = 1 << 20;

    private readonly List<LadderStep> _leaving = [];
    private LadderStep?[] _frames;
    private LadderStep?[] _acknowledgements;
    private bool _isDecided;

    /// <param name="remembered">Arrows of each kind that are remembered at least; a power of two.</param>
    public LadderLane(int remembered)
    {
        _frames = new LadderStep?[remembered];
        _acknowledgements = new LadderStep?[remembered];
    }

    /// <summary>Everything below is acknowledged, as far as this side knows.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Everything below was sent at least once.</summary>
    public long Highest { get; set; }

    /// <summary>The next offset that the other side expects of this one's stream.</summary>
    public long Expected { get; set; }

    /// <summary>The transmission that last reached the other side, its frame, and what was done with it.</summary>
    public (long PacketNumber, long Frame, LadderReception Reception) LastReceived { get; set; } =
        (TraceEvent.NotApplicable, TraceEvent.NotApplicable, LadderReception.None);

    public LadderStep? Frame(long packetNumber) =>
        Find(_frames, packetNumber) is { } step && step.PacketNumber == packetNumber ? step : null;

    public LadderStep? Acknowledgement(long serial) =>
        Find(_acknowledgements, serial) is { } step && step.Serial == serial ? step : null;

    public void RememberFrame(LadderStep step) => Remember(ref _frames, step, step.PacketNumber, static s => s.PacketNumber);

    public void RememberAcknowledgement(LadderStep step) => Remember(ref _acknowledgements, step, step.Serial, static s => s.Serial);

    /// <summary>An arrow left; the link decides next what becomes of it.</summary>
    public void Leave(LadderStep step)
    {
        // All packets of a datagram leave at one time.
        if (_isDecided || (_leaving.Count > 0 && _leaving[0].TimeNanoseconds != step.TimeNanoseconds))
        {
            _leaving.Clear();
            _isDecided = false;
        }

        _leaving.Add(step);
    }

    /// <summary>The arrows that the link's next word is about: all packets of the datagram that left last.</summary>
    public List<LadderStep> Decided()
    {
        _isDecided = true;
        return _leaving;
    }

    private static LadderStep? Find(LadderStep?[] log, long number) => number < 0 ? null : log[number & (log.Length - 1)];

    private static void Remember(ref LadderStep?[] log, LadderStep step, long number, Func<LadderStep, long> numberOf)
    {
        while (log[number & (log.Length - 1)] is { IsResolved: false } && log.Length < LargestLog)
        {
            var larger = new LadderStep?[log.Length * 2];
            foreach (LadderStep? old in log)
            {
                if (old is not null)
                {
                    larger[numberOf(old) & (larger.Length - 1)] = old;
                }
            }

            log = larger;
        }

        log[number & (log.Length - 1)] = step;
    }
}
