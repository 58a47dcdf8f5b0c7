using System.Buffers;

namespace Aldis.Protocols.Framing;

/// <summary>
/// Tells the native form of a conversation from its plain form by the first bytes of a connection, at the first byte that differs
/// from <c>ALDIS/1 </c>. It consumes nothing: whichever parser follows sees the stream from its beginning.
/// </summary>
internal static class PrefaceDetector
{
    /// <summary>What every native stream begins with, its final space included.</summary>
    public static ReadOnlySpan<byte> Prefix => "ALDIS/1 "u8;

    /// <summary>Decides from what has arrived.</summary>
    /// <param name="received">The stream from its first byte.</param>
    /// <param name="final">True when no more will be waited for: the stream ended, or 10 s passed since its first byte.</param>
    /// <returns><see cref="StreamForm.NeedMore"/> only while <paramref name="received"/> is a proper prefix of
    /// <see cref="Prefix"/>; with <paramref name="final"/> such a stream is <see cref="StreamForm.Plain"/>.</returns>
    public static StreamForm Detect(in ReadOnlySequence<byte> received, bool final = false) =>
        SequencePrefix.Match(received, Prefix) switch
        {
            PrefixMatch.Whole => StreamForm.Native,
            PrefixMatch.Partial when !final => StreamForm.NeedMore,
            _ => StreamForm.Plain,
        };
}
