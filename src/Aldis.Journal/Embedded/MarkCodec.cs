using System.Buffers.Binary;
using System.Text;

namespace Aldis.Journal.Embedded;

/// <summary>The marks in a segment's header, <c>docs/protocols/journal.md</c> section 2.</summary>
internal static class MarkCodec
{
    /// <summary>Bytes of the CRCs of all clients together above which those of clients that ended in order go.</summary>
    public const int MaxCrcBytes = 16 * 1024 * 1024;

    private const int FixedLength = 1 + sizeof(long) + sizeof(ushort);
    private const int MaxLength = 1024 * 1024 * 1024;

    /// <summary>Of how many clients the marks fit into a header, whatever they send.</summary>
    /// <param name="window">Most CRCs of a client.</param>
    public static int MaxClients(int window) => MaxLength / (FixedLength + RecordCodec.MaxClientLength + (sizeof(uint) * window));

    /// <summary>Marks of all clients that have had a message written.</summary>
    /// <param name="clients">The clients.</param>
    /// <param name="offset">Bytes to leave free at the beginning.</param>
    /// <param name="count">How many marks there are.</param>
    public static byte[] Write(ClientTable clients, int offset, out int count)
    {
        count = 0;
        long length = offset;
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                count++;
                length += FixedLength + client.Id.Length + (sizeof(uint) * client.Crcs.CountForMark(client.Written));
            }
        }

        byte[] bytes = new byte[checked((int)length)];
        Span<byte> rest = bytes.AsSpan(offset);
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                rest = rest[WriteMark(rest, client)..];
            }
        }

        return bytes;
    }

    /// <summary>Adds the marks to a table.</summary>
    /// <returns>False if they are not <paramref name="count"/> marks that fill <paramref name="data"/> exactly.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, int count, ClientTable clients)
    {
        for (int i = 0; i < count; i++)
        {
            if (data.Length < FixedLength || data[0] is 0 or > RecordCodec.MaxClientLength || data.Length < FixedLength + data[0])
            {
                return false;
            }

            ReadOnlySpan<byte> id = data.Slice(1, data[0]);
            data = data[(1 + id.Length)..];
            long last = BinaryPrimitives.ReadInt64LittleEndian(data);
            int crcs = BinaryPrimitives.ReadUInt16LittleEndian(data[sizeof(long)..]);
            data = data[(sizeof(long) + sizeof(ushort))..];
            if (last < crcs || data.Length < crcs * sizeof(uint))
            {
                return false;
            }

            clients.GetOrAdd(id).RecoverMark(last, data[..(crcs * sizeof(uint))]);
            data = data[(crcs * sizeof(uint))..];
        }

        return data.IsEmpty;
    }

    private static int WriteMark(Span<byte> data, JournalClient client)
    {
        data[0] = (byte)Encoding.ASCII.GetBytes(client.Id, data[1..]);
        int at = 1 + data[0];
        long last = client.Written;
        BinaryPrimitives.WriteInt64LittleEndian(data[at..], last);
        at += sizeof(long);
        int crcs = client.Crcs.WriteMark(last, data[(at + sizeof(ushort))..]);
        BinaryPrimitives.WriteUInt16LittleEndian(data[at..], (ushort)crcs);
        return at + sizeof(ushort) + (crcs * sizeof(uint));
    }
}
