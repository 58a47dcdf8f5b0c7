using System.Buffers.Binary;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// What tells a sequence of lines from another: how many there are, and a checksum over all of them (docs/protocols/outbox.md section 6).
/// It finds an input that was rotated or replaced, not malice. The default is that of no lines.
/// </summary>
/// <param name="Lines">How many lines.</param>
/// <param name="Checksum">The crc32c of all of them, each behind its length as u32; 0 for no lines.</param>
internal readonly record struct LineDigest(long Lines, uint Checksum)
{
    /// <summary>The digest of these lines and one more.</summary>
    /// <param name="line">The line, without line end.</param>
    /// <returns>The digest of all of them.</returns>
    public LineDigest Add(ReadOnlySpan<byte> line)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(length, line.Length);
        return new LineDigest(Lines + 1, Crc32C.Continue(Crc32C.Continue(Checksum, length), line));
    }
}
