using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Dashboard.Api;

/// <summary>Something that happened to a frame of a link that is followed.</summary>
/// <param name="Ms">When, in milliseconds of the server's clock that never goes back.</param>
/// <param name="What">What, as the engine names it.</param>
/// <param name="Cause">Why; null where there is nothing to explain.</param>
/// <param name="Packet">The number of the transmission, or of an acknowledgement the largest it names; null where none applies.</param>
/// <param name="Replaces">Of a repetition, the transmission it repeats; null otherwise.</param>
/// <param name="Offset">Where its first byte is in the stream, or of an acknowledgement the next byte that is wanted.</param>
/// <param name="Bytes">Bytes of payload.</param>
internal sealed record FrameView(double Ms, string What, string? Cause, long? Packet, long? Replaces, long? Offset, int Bytes)
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Shows an event.</summary>
    /// <param name="what">The event.</param>
    public static FrameView Of(in TraceEvent what) => new(
        what.TimeNanoseconds / NanosecondsPerMillisecond,
        KebabName.Of(what.Kind),
        what.Cause == TraceCause.None ? null : KebabName.Of(what.Cause),
        Number(what.PacketNumber),
        Number(what.ReplacedPacketNumber),
        Number(what.Offset),
        what.Length);

    private static long? Number(long value) => value == TraceEvent.NotApplicable ? null : value;
}
