namespace Aldis.Services.Echo;

/// <summary>One reply of a measurement, as it came.</summary>
/// <param name="Connection">The connection, from 0.</param>
/// <param name="Sequence">The round trip on that connection, from 0.</param>
/// <param name="RoundTripNanoseconds">The time since it was sent, or since it should have been sent where there is an interval.</param>
/// <param name="Payload">What came back; valid during the call only.</param>
internal readonly record struct EchoReply(int Connection, long Sequence, long RoundTripNanoseconds, ReadOnlyMemory<byte> Payload);
