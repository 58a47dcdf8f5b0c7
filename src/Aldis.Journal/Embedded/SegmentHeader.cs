using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>The 64 bytes a segment begins with, <c>docs/protocols/journal.md</c> section 2.</summary>
internal sealed record SegmentHeader
{
    /// <summary>Length of the fixed part in bytes.</summary>
    public const int FixedLength = 64;

    /// <summary>The first version: no client was ever forgotten.</summary>
    public const uint First = 1;

    /// <summary>The version in which clients may be forgotten: marks say where their last message was.</summary>
    public const uint Forgetful = 2;

    // What a segment was written with that does not say its window: no program had another one unless a caller of this library chose it.
    private const int WindowBeforeItWasNoted = 256;

    private const int VersionOffset = 8;
    private const int SaltOffset = 12;
    private const int NumberOffset = 16;
    private const int FirstCommitOffset = 24;
    private const int BirthOffset = 32;
    private const int MarkCountOffset = 40;
    private const int MarksLengthOffset = 44;
    private const int MarksCrcOffset = 48;
    private const int WindowOffset = 52;
    private const int CrcOffset = 60;

    /// <summary>The version of the format.</summary>
    public required uint Version { get; init; }

    /// <summary>The journal's salt.</summary>
    public required uint Salt { get; init; }

    /// <summary>Number of the segment, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Number of the first commit in the segment.</summary>
    public required long FirstCommit { get; init; }

    /// <summary>When the segment was begun: nanoseconds since 1970-01-01T00:00:00Z.</summary>
    public required long BirthNanoseconds { get; init; }

    /// <summary>How many marks follow.</summary>
    public required int MarkCount { get; init; }

    /// <summary>Length of the marks in bytes.</summary>
    public required int MarksLength { get; init; }

    /// <summary>CRC-32C of the marks.</summary>
    public required uint MarksCrc { get; init; }

    /// <summary>
    /// How many messages a client could have outstanding when it sent those of this segment, at most; 0 where that was not noted.
    /// </summary>
    public required int Window { get; init; }

    /// <summary>Where the records begin, in bytes from the beginning of the file.</summary>
    public long RecordsOffset => FixedLength + (long)MarksLength;

    private static ReadOnlySpan<byte> Magic => "ALDISJNL"u8;

    /// <summary>How many CRCs of a client are to be kept because of the messages of this segment.</summary>
    /// <param name="marks">Its marks.</param>
    /// <param name="window">The window that is in force now.</param>
    public int WindowToKeep(ClientTable marks, int window) =>
        Window > 0 ? Window : Math.Max(WindowBeforeItWasNoted, Math.Max(window, marks.MostCrcs));

    /// <summary>The header of a segment and its marks, as bytes.</summary>
    public static byte[] Write(
        uint version, uint salt, long number, long firstCommit, long birthNanoseconds, int window, ClientTable clients)
    {
        byte[] bytes = MarkCodec.Write(clients, version, number, FixedLength, out int count);
        Span<byte> header = bytes;
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[VersionOffset..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[SaltOffset..], salt);
        BinaryPrimitives.WriteInt64LittleEndian(header[NumberOffset..], number);
        BinaryPrimitives.WriteInt64LittleEndian(header[FirstCommitOffset..], firstCommit);
        BinaryPrimitives.WriteInt64LittleEndian(header[BirthOffset..], birthNanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(header[MarkCountOffset..], count);
        BinaryPrimitives.WriteInt32LittleEndian(header[MarksLengthOffset..], bytes.Length - FixedLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[MarksCrcOffset..], Crc32C.Compute(header[FixedLength..]));
        BinaryPrimitives.WriteInt32LittleEndian(header[WindowOffset..], window);
        BinaryPrimitives.WriteUInt32LittleEndian(header[CrcOffset..], Crc32C.Compute(header[..CrcOffset]));
        return bytes;
    }

    /// <summary>
    /// Whether this is the header of a segment of another version, and not one of a known version whose version field alone is damaged.
    /// </summary>
    /// <param name="data">The first bytes of the file.</param>
    /// <param name="version">The other version.</param>
    public static bool IsOtherVersion(ReadOnlySpan<byte> data, out uint version)
    {
        version = data.Length >= FixedLength && data.StartsWith(Magic)
            ? BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..])
            : First;
        return version is not (First or Forgetful) && !IsSoundAs(First, data) && !IsSoundAs(Forgetful, data);
    }

    /// <summary>Reads the fixed part.</summary>
    /// <returns>False if it is not the sound header of a segment of this version.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SegmentHeader? header)
    {
        header = null;
        if (data.Length < FixedLength
            || !data.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..]) is not (First or Forgetful)
            || BinaryPrimitives.ReadUInt32LittleEndian(data[CrcOffset..]) != Crc32C.Compute(data[..CrcOffset]))
        {
            return false;
        }

        var read = new SegmentHeader
        {
            Version = BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..]),
            Salt = BinaryPrimitives.ReadUInt32LittleEndian(data[SaltOffset..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(data[NumberOffset..]),
            FirstCommit = BinaryPrimitives.ReadInt64LittleEndian(data[FirstCommitOffset..]),
            BirthNanoseconds = BinaryPrimitives.ReadInt64LittleEndian(data[BirthOffset..]),
            MarkCount = BinaryPrimitives.ReadInt32LittleEndian(data[MarkCountOffset..]),
            MarksLength = BinaryPrimitives.ReadInt32LittleEndian(data[MarksLengthOffset..]),
            MarksCrc = BinaryPrimitives.ReadUInt32LittleEndian(data[MarksCrcOffset..]),
            Window = BinaryPrimitives.ReadInt32LittleEndian(data[WindowOffset..]),
        };
        bool isPossible = read.Number > 0 && read.FirstCommit > 0 && read.MarkCount >= 0 && read.MarksLength >= 0
            && read.Window is >= 0 and <= ushort.MaxValue;
        header = isPossible ? read : null;
        return header is not null;
    }

    private static bool IsSoundAs(uint version, ReadOnlySpan<byte> data)
    {
        Span<byte> asVersion = stackalloc byte[CrcOffset];
        data[..CrcOffset].CopyTo(asVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(asVersion[VersionOffset..], version);
        return BinaryPrimitives.ReadUInt32LittleEndian(data[CrcOffset..]) == Crc32C.Compute(asVersion);
    }
}
