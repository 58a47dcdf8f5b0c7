using System.Numerics;

namespace Aldis.Protocols.Tracing;

/// <summary>
/// Folds every event into one 64-bit number: two runs that differ in any field of any event, or in their order, differ in it
/// (but for chance, 2⁻⁶⁴). It is how "one seed, one trace" is checked.
/// </summary>
internal sealed class TraceHash : ITraceSink
{
    private ulong _state = 0x6A09E667F3BCC908;

    /// <summary>The number for all events so far.</summary>
    public ulong Value => Mix(_state, (ulong)Count);

    /// <summary>Events so far.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent)
    {
        ulong tags = ((ulong)(uint)traceEvent.Length << 32)
            | ((ulong)traceEvent.Kind << 16) | ((ulong)traceEvent.Cause << 8) | (ulong)traceEvent.Side;
        ulong state = Mix(_state, (ulong)traceEvent.TimeNanoseconds);
        state = Mix(state, tags);
        state = Mix(state, traceEvent.ConnectionId);
        state = Mix(state, (ulong)traceEvent.PacketNumber);
        state = Mix(state, (ulong)traceEvent.ReplacedPacketNumber);
        state = Mix(state, (ulong)traceEvent.Offset);
        state = Mix(state, (ulong)traceEvent.FrameIndex);
        state = Mix(state, (ulong)traceEvent.Value);
        _state = Mix(state, (ulong)traceEvent.SecondValue);
        Count++;
    }

    private static ulong Mix(ulong state, ulong value)
    {
        ulong mixed = (state ^ value) * 0x9E3779B97F4A7C15;
        return BitOperations.RotateLeft(mixed ^ (mixed >> 32), 27) * 0xBF58476D1CE4E5B9;
    }
}
