using System.Text;
using Aldis.Journal.Embedded;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Journal.Tests.Embedded;

public sealed class RecordCodecTests
{
    private static readonly uint SaltCrc = RecordCodec.SaltCrc(7);

    [Fact]
    public void The_crc_is_that_of_castagnoli() => Assert.Equal(0xE3069283u, JournalClient.ComputeCrc("123456789"u8));

    [Fact]
    public void A_record_reads_as_it_was_written() =>
        Prop.ForAll<byte[], NonNegativeInt, PositiveInt>((payload, sequence, commit) =>
        {
            byte[] bytes = Write(payload, sequence.Get, commit.Get);
            RecordStatus status = RecordCodec.TryRead(bytes, SaltCrc, out RecordHeader record);
            return status == RecordStatus.Sound
                && record.Sequence == sequence.Get
                && record.Commit == commit.Get
                && record.Length == bytes.Length
                && record.Flags == RecordFlags.EndsBatch
                && bytes.AsSpan(record.PayloadOffset, record.PayloadLength).SequenceEqual(payload);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_beginning_of_a_record_is_incomplete_and_never_asks_for_more_than_the_record()
    {
        byte[] bytes = Write(Encoding.ASCII.GetBytes("payload"), 1, 1);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(RecordStatus.Incomplete, RecordCodec.TryRead(bytes.AsSpan(0, length), SaltCrc, out RecordHeader needed));
            Assert.InRange(needed.Length, length + 1, bytes.Length);
        }
    }

    [Fact]
    public void A_record_with_any_bit_changed_is_not_sound()
    {
        byte[] bytes = Write(Encoding.ASCII.GetBytes("payload"), 1, 1);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(RecordStatus.Sound, RecordCodec.TryRead(bytes, SaltCrc, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(RecordStatus.Sound, RecordCodec.TryRead(bytes, SaltCrc, out _));
        Assert.Equal(RecordStatus.Damaged, RecordCodec.TryRead(bytes, RecordCodec.SaltCrc(8), out _));
    }

    [Fact]
    public void Bytes_of_anyone_are_never_a_record_and_nothing_throws() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var cursor = CommitCursor.Before(1);
            return RecordCodec.TryRead(bytes, SaltCrc, out _) != RecordStatus.Sound
                && BatchScanner.Scan(bytes, SaltCrc, ref cursor, out _) != RecordStatus.Sound
                && RecordSearch.Find(bytes, SaltCrc, 0) < 0
                && !SegmentHeader.TryRead(bytes, out SegmentHeader? _)
                && (bytes.Length == 0 || !MarkCodec.TryRead(bytes, bytes[0] % 4, SegmentHeader.First, 1, new ClientTable()) || bytes.Length >= 11);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_record_is_found_behind_anything()
    {
        byte[] record = Write(Encoding.ASCII.GetBytes("payload"), 1, 5);
        for (int before = 0; before < 50; before++)
        {
            byte[] data = [.. Enumerable.Range(0, before).Select(i => (byte)(i % 3)), .. new byte[before], .. record];
            Assert.Equal(2 * before, RecordSearch.Find(data, SaltCrc, 5));
            Assert.Equal(-1, RecordSearch.Find(data, SaltCrc, 6));
        }
    }

    [Fact]
    public void Marks_read_as_they_were_written()
    {
        var clients = new ClientTable();
        for (int client = 0; client < 50; client++)
        {
            for (int sequence = 1; sequence <= client; sequence++)
            {
                clients.GetOrAdd(Encoding.ASCII.GetBytes($"client-{client}")).Recover(sequence, (uint)(client * sequence), window: 16, segment: 1);
            }
        }

        byte[] bytes = MarkCodec.Write(clients, SegmentHeader.First, 2, 0, out int count);
        var read = new ClientTable();
        Assert.True(MarkCodec.TryRead(bytes, count, SegmentHeader.First, 2, read));
        Assert.False(MarkCodec.TryRead(bytes.AsSpan(0, bytes.Length - 1), count, SegmentHeader.First, 2, new ClientTable()));
        Assert.Equal(49, count);
        foreach (JournalClient client in read.All)
        {
            int number = int.Parse(client.Id.AsSpan(7));
            Assert.Equal(number, client.Committed);
            Assert.Equal(Math.Min(16, number), client.Crcs.Count);
            Assert.True(client.Crcs.TryGet(number, out uint crc));
            Assert.Equal((uint)(number * number), crc);
        }
    }

    private static byte[] Write(byte[] payload, long sequence, long commit)
    {
        byte[] bytes = new byte[RecordCodec.FixedLength + 4 + 9 + payload.Length];
        int offset = RecordCodec.WriteHead(
            bytes, RecordType.Message, sequence, 12345, "pump"u8, "127.0.0.1"u8, JournalClient.ComputeCrc(payload));
        payload.CopyTo(bytes, offset);
        _ = RecordCodec.Seal(bytes, commit, RecordFlags.EndsBatch, SaltCrc);
        return bytes;
    }
}
