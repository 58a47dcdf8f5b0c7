using Aldis.Journal.Embedded;
using Aldis.Protocols.Integrity;

namespace Aldis.Postgres.Reading;

/// <summary>
/// What a message of the plain form is known by, which has neither client nor number: when it came, from where, and what it says. Several may
/// be alike: they are counted.
/// </summary>
/// <param name="ReceivedAtMicroseconds">When it was received, as exactly as a database keeps it.</param>
/// <param name="From">The peer's address.</param>
/// <param name="Crc">The CRC-32C of the payload.</param>
/// <param name="Length">The length of the payload in bytes.</param>
internal readonly record struct PlainTrace(long ReceivedAtMicroseconds, string From, uint Crc, int Length)
{
    /// <summary>The trace of a message.</summary>
    public static PlainTrace Of(JournalMessage message) =>
        Of(message.ReceivedAt, message.From, Crc32C.Compute(message.Payload.Span), message.Payload.Length);

    /// <summary>The trace of a message.</summary>
    public static PlainTrace Of(DateTimeOffset receivedAt, string from, uint crc, int length) =>
        new(receivedAt.UtcTicks / TimeSpan.TicksPerMicrosecond, from, crc, length);
}
