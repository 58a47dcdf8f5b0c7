using System.Buffers.Binary;
using System.Text;

namespace Aldis.Services.Journal;

/// <summary>The marks in a segment's header, <c>docs/protocols/journal.md</c> section 2.</summary>
internal static class MarkCodec
{
    /// <summary>Most bytes of payload CRCs in one header, of all clients together.</summary>
    public const int MaxCrcBytes = 16 * 1024 * 1024;

    private const int FixedLength = 1 + sizeof(long) + sizeof(ushort);

    /// <summary>Marks of all clients that have had a message written.</summary>
    /// <param name="clients">The clients.</param>
    /// <param name="offset">Bytes to leave free at the beginning.</param>
    /// <param name="count">How many marks there are.</param>
    public static byte[] Write(ClientTable clients, int offset, out int count)
    {
        count = 0;
        long length = offset;
        int maxCrcs = Math.Min(ushort.MaxValue, MaxCrcBytes / sizeof(uint) / Math.Max(1, clients.Count));
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                count++;
                length += FixedLength + client.Id.Length + (sizeof(uint) * Math.Min(maxCrcs, client.Crcs.CountUpTo(client.Written)));
            }
        }

        byte[] bytes = new byte[checked((int)length)];
        Span<byte> rest = bytes.AsSpan(offset);
        foreach (JournalClient client in clients.All)
        {
            if (client.Written > 0)
            {
                rest = rest[WriteMark(rest, client, maxCrcs)..];
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

            JournalClient client = clients.GetOrAdd(id);
            for (int k = 0; k < crcs; k++)
            {
                client.Recover(last - crcs + 1 + k, BinaryPrimitives.ReadUInt32LittleEndian(data));
                data = data[sizeof(uint)..];
            }

            client.RecoverMark(last);
        }

        return data.IsEmpty;
    }

    private static int WriteMark(Span<byte> data, JournalClient client, int maxCrcs)
    {
        data[0] = (byte)Encoding.ASCII.GetBytes(client.Id, data[1..]);
        int at = 1 + data[0];
        BinaryPrimitives.WriteInt64LittleEndian(data[at..], client.Written);
        at += sizeof(long);
        int crcs = Math.Min(maxCrcs, client.Crcs.CountUpTo(client.Written));
        BinaryPrimitives.WriteUInt16LittleEndian(data[at..], (ushort)crcs);
        at += sizeof(ushort);
        for (long sequence = client.Written - crcs + 1; sequence <= client.Written; sequence++)
        {
            _ = client.Crcs.TryGet(sequence, out uint crc);
            BinaryPrimitives.WriteUInt32LittleEndian(data[at..], crc);
            at += sizeof(uint);
        }

        return at;
    }
}
