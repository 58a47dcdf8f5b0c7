using System.Buffers.Binary;
using System.Text;

namespace Aldis.Journal.Embedded;

/// <summary>The marks in a segment's header, <c>docs/protocols/journal.md</c> section 2.</summary>
internal static class MarkCodec
{
    /// <summary>Bytes of the CRCs of all clients together above which those of clients that ended in order go.</summary>
    public const int MaxCrcBytes = 16 * 1024 * 1024;

    private const int FixedLength = 1 + sizeof(long) + sizeof(ushort);
    private const int DistanceLength = sizeof(uint);
    private const int MaxLength = 1024 * 1024 * 1024;

    /// <summary>Of how many clients the marks fit into a header, whatever they send.</summary>
    /// <param name="window">Most CRCs of a client.</param>
    public static int MaxClients(int window) => MaxLength / (FixedLength + DistanceLength + RecordCodec.MaxClientLength + (sizeof(uint) * window));

    /// <summary>Marks of all clients that have had a message written.</summary>
    /// <param name="clients">The clients.</param>
    /// <param name="version">Version of the segment.</param>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="offset">Bytes to leave free at the beginning.</param>
    /// <param name="count">How many marks there are.</param>
    public static byte[] Write(ClientTable clients, uint version, long segment, int offset, out int count)
    {
        count = 0;
        long length = offset;
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                count++;
                length += FixedLengthOf(version) + client.Id.Length + (sizeof(uint) * client.Crcs.CountForMark(client.Written));
            }
        }

        byte[] bytes = new byte[checked((int)length)];
        Span<byte> rest = bytes.AsSpan(offset);
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                rest = rest[WriteMark(rest, client, version, segment)..];
            }
        }

        return bytes;
    }

    /// <summary>Adds the marks to a table.</summary>
    /// <param name="data">The marks.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="version">Version of the segment.</param>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="clients">The table.</param>
    /// <returns>False if they are not <paramref name="count"/> marks that fill <paramref name="data"/> exactly.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, int count, uint version, long segment, ClientTable clients)
    {
        int fixedLength = FixedLengthOf(version);
        for (int i = 0; i < count; i++)
        {
            if (data.Length < fixedLength || data[0] is 0 or > RecordCodec.MaxClientLength || data.Length < fixedLength + data[0])
            {
                return false;
            }

            ReadOnlySpan<byte> id = data.Slice(1, data[0]);
            data = data[(1 + id.Length)..];
            long last = BinaryPrimitives.ReadInt64LittleEndian(data);
            data = data[sizeof(long)..];

            // Where that is not noted, the segment before this one is the latest that can have its last message.
            long distance = 1;
            if (version >= SegmentHeader.Forgetful)
            {
                distance = BinaryPrimitives.ReadUInt32LittleEndian(data);
                data = data[DistanceLength..];
            }

            int crcs = BinaryPrimitives.ReadUInt16LittleEndian(data);
            data = data[sizeof(ushort)..];
            if (last < crcs || distance == 0 || data.Length < crcs * sizeof(uint))
            {
                return false;
            }

            clients.GetOrAdd(id).RecoverMark(last, data[..(crcs * sizeof(uint))], segment - distance);
            data = data[(crcs * sizeof(uint))..];
        }

        return data.IsEmpty;
    }

    private static int FixedLengthOf(uint version) => version >= SegmentHeader.Forgetful ? FixedLength + DistanceLength : FixedLength;

    private static int WriteMark(Span<byte> data, JournalClient client, uint version, long segment)
    {
        data[0] = (byte)Encoding.ASCII.GetBytes(client.Id, data[1..]);
        int at = 1 + data[0];
        long last = client.Written;
        BinaryPrimitives.WriteInt64LittleEndian(data[at..], last);
        at += sizeof(long);
        if (version >= SegmentHeader.Forgetful)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data[at..], (uint)Math.Clamp(segment - client.Segment, 1, uint.MaxValue));
            at += DistanceLength;
        }

        int crcs = client.Crcs.WriteMark(last, data[(at + sizeof(ushort))..]);
        BinaryPrimitives.WriteUInt16LittleEndian(data[at..], (ushort)crcs);
        return at + sizeof(ushort) + (crcs * sizeof(uint));
    }
}
