using System.Buffers.Binary;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>
/// What is remembered of the segments' ages across restarts, and its bytes: the file <c>ages</c> of <c>docs/protocols/journal.md</c>
/// section 5.
/// </summary>
internal sealed record AgeNotes
{
    private const uint Version = 1;
    private const int VersionOffset = 8;
    private const int SaltOffset = 12;
    private const int TimeOffset = 16;
    private const int WallOffset = 24;
    private const int ElapsedOffset = 32;
    private const int BootOffset = 40;
    private const int BootLength = 16;
    private const int BelievedOffset = 56;
    private const int CountOffset = 60;
    private const int FixedLength = 64;
    private const int EntryLength = 16;

    /// <summary>The journal's salt: notes of another journal mean nothing.</summary>
    public required uint Salt { get; init; }

    /// <summary>Where the journal's own time line stood: nanoseconds.</summary>
    public required long Time { get; init; }

    /// <summary>The wall clock then: nanoseconds since 1970-01-01T00:00:00Z.</summary>
    public required long Wall { get; init; }

    /// <summary>The elapsed time of the machine then: nanoseconds.</summary>
    public required long Elapsed { get; init; }

    /// <summary>Which start of the machine that was; the empty id where it was not known.</summary>
    public required Guid Boot { get; init; }

    /// <summary>Whether the wall clock had been set and had agreed with the elapsed time for an hour.</summary>
    public required bool IsWallBelieved { get; init; }

    /// <summary>For each ended segment, and deleted ones that had a client's last message, where the time line stood when its newest message was
    /// written.</summary>
    public required IReadOnlyList<(long Segment, long Time)> Newest { get; init; }

    private static ReadOnlySpan<byte> Magic => "ALDISAGE"u8;

    /// <summary>Reads notes.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="salt">The journal's.</param>
    /// <returns>Null unless they are whole, of this version and of this journal.</returns>
    public static AgeNotes? TryRead(ReadOnlySpan<byte> data, uint salt)
    {
        int end = data.Length - sizeof(uint);
        if (end < FixedLength
            || !data.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(data[SaltOffset..]) != salt
            || BinaryPrimitives.ReadUInt32LittleEndian(data[CountOffset..]) != (uint)(end - FixedLength) / EntryLength
            || (end - FixedLength) % EntryLength != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(data[end..]) != Crc32C.Compute(data[..end]))
        {
            return null;
        }

        var newest = new List<(long, long)>();
        for (int at = FixedLength; at < end; at += EntryLength)
        {
            long segment = BinaryPrimitives.ReadInt64LittleEndian(data[at..]);
            newest.Add((segment, BinaryPrimitives.ReadInt64LittleEndian(data[(at + sizeof(long))..])));
        }

        return new AgeNotes
        {
            Salt = salt,
            Time = BinaryPrimitives.ReadInt64LittleEndian(data[TimeOffset..]),
            Wall = BinaryPrimitives.ReadInt64LittleEndian(data[WallOffset..]),
            Elapsed = BinaryPrimitives.ReadInt64LittleEndian(data[ElapsedOffset..]),
            Boot = new Guid(data.Slice(BootOffset, BootLength), bigEndian: true),
            IsWallBelieved = data[BelievedOffset] == 1,
            Newest = newest,
        };
    }

    /// <summary>The notes as bytes.</summary>
    public byte[] ToBytes()
    {
        int end = FixedLength + (EntryLength * Newest.Count);
        byte[] bytes = new byte[end + sizeof(uint)];
        Span<byte> data = bytes;
        Magic.CopyTo(data);
        BinaryPrimitives.WriteUInt32LittleEndian(data[VersionOffset..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(data[SaltOffset..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(data[TimeOffset..], Time);
        BinaryPrimitives.WriteInt64LittleEndian(data[WallOffset..], Wall);
        BinaryPrimitives.WriteInt64LittleEndian(data[ElapsedOffset..], Elapsed);
        _ = Boot.TryWriteBytes(data[BootOffset..], bigEndian: true, out _);
        data[BelievedOffset] = IsWallBelieved ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(data[CountOffset..], Newest.Count);
        int at = FixedLength;
        foreach ((long segment, long time) in Newest)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data[at..], segment);
            BinaryPrimitives.WriteInt64LittleEndian(data[(at + sizeof(long))..], time);
            at += EntryLength;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(data[end..], Crc32C.Compute(data[..end]));
        return bytes;
    }
}
