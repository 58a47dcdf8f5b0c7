using System.Buffers;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Files;

public sealed class FileWireTests
{
    public static TheoryData<string> TextsOfUnits =>
    [
        "WANT 0 9999", "WANT 3 3 changed", "RESUME 7 1048576", "PROVE 1 2", "HAVE 0 0 durable", "NAK 5 9 disk-full", "DATA 0 0 0",
        "DATA 9999999 9223372036854775807 16777216", "SKIP 4 changed", "PROOF 4", "ACK 1 2097152", "AGAIN 1 1048576", "NAMED 2 4096",
        "DONE 0 9999999 replicated",
    ];

    [Theory]
    [MemberData(nameof(TextsOfUnits))]
    public void A_unit_is_written_as_it_was_read(string text)
    {
        using var hash = new Sha256();
        var check = new UnitCheck(hash, new ContentDigest(new byte[32]));
        bool isData = text.StartsWith("DATA", StringComparison.Ordinal);
        byte[] unit = Pad(isData ? text : text + " 0123456789abcdef");

        Assert.True(TransferUnit.TryParse(unit, out TransferUnit parsed, out ReadOnlySpan<byte> _));
        byte[] written = new byte[ControlUnit.Size];
        check.Write(parsed, "more"u8, written);

        Assert.StartsWith(text, Encoding.ASCII.GetString(written), StringComparison.Ordinal);
        Assert.True(TransferUnit.TryParse(written, out TransferUnit again, out ReadOnlySpan<byte> found));
        Assert.Equal(parsed, again);
        Assert.True(isData || check.IsRight(written, found, "more"u8));
        Assert.True(isData || !check.IsRight(written, found, "mora"u8));
    }

    [Theory]
    [InlineData("WANT 2 1 0123456789abcdef")]
    [InlineData("WANT 0 1")]
    [InlineData("WANT 0 1 changed")]
    [InlineData("WANT 0 1 changed 0123456789abcdef 1")]
    [InlineData("DONE 0 1 0123456789abcdef")]
    [InlineData("DATA 0 0 16777217")]
    [InlineData("DATA 0 0 1 0123456789abcdef")]
    [InlineData("DATA 0 -1 1")]
    [InlineData("DATA 10000000 0 1")]
    [InlineData("NAK 0 0 because 0123456789abcdef")]
    [InlineData("NAMED 0 0 0123456789abcdef")]
    [InlineData("want 0 0 0123456789abcdef")]
    [InlineData("ACK 0 01 0123456789abcdef")]
    public void What_is_no_unit_of_a_transfer_is_refused(string text) => Assert.False(TransferUnit.TryParse(Pad(text), out _, out _));

    [Fact]
    public void A_changed_bit_of_a_confirmation_makes_its_check_wrong()
    {
        using var hash = new Sha256();
        var check = new UnitCheck(hash, new ContentDigest(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        byte[] unit = new byte[ControlUnit.Size];
        var done = new TransferUnit { Kind = TransferUnitKind.Done, First = 0, Last = 3, Level = AcknowledgementLevel.Durable };
        check.Write(done, default, unit);
        for (int bit = 0; bit < unit.Length * 8; bit++)
        {
            unit[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.False(
                TransferUnit.TryParse(unit, out _, out ReadOnlySpan<byte> found) && check.IsRight(unit, found, default));
            unit[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("SEND 00000000000000a1 1 57 sha256 fail", false)]
    [InlineData("VERIFY ffffffffffffffff 9999999 999999999 blake3 overwrite", true)]
    public void An_opening_is_written_as_it_was_read(string text, bool isVerify)
    {
        Assert.True(TransferOpening.TryParse(Pad(text), out TransferOpening? opening));
        Assert.Equal(isVerify, opening.IsVerify);
        byte[] written = new byte[ControlUnit.Size];
        opening.Write(written);
        Assert.Equal(Pad(text), written);
    }

    [Theory]
    [InlineData("SEND 00000000000000A1 1 57 sha256 fail")]
    [InlineData("SEND 0000000000000a1 1 57 sha256 fail")]
    [InlineData("SEND 00000000000000a1 0 57 sha256 fail")]
    [InlineData("SEND 00000000000000a1 10000000 57 sha256 fail")]
    [InlineData("SEND 00000000000000a1 1 57 md5 fail")]
    [InlineData("SEND 00000000000000a1 1 57 sha256 ask")]
    [InlineData("SEND 00000000000000a1 1 57 sha256 fail x")]
    public void What_opens_no_transfer_is_refused(string text) => Assert.False(TransferOpening.TryParse(Pad(text), out _));

    [Fact]
    public void A_hello_is_written_as_it_was_read_and_the_longest_fits()
    {
        var hello = new FilesHello(long.MaxValue, 9_999_999, 999_999_999);
        byte[] unit = new byte[ControlUnit.Size];
        hello.Write(unit);
        Assert.True(FilesHello.TryParse(unit, out FilesHello read, out _));
        Assert.Equal(hello, read);
        Assert.False(FilesHello.TryParse(Pad("ALDIS/1 last=0 durable 1 256"), out _, out _));
        Assert.False(FilesHello.TryParse(Pad("ALDIS/1 error=token"), out _, out PrefaceError error));
        Assert.Equal(PrefaceError.Token, error);
    }

    [Fact]
    public void A_manifest_is_written_as_it_was_read()
    {
        const string Text = "F 5 1700000000000000001 644 17 a b.txt\0D 0 0 755 0 d\0L 0 1 777 1 d/l\0../a b.txt\0F - 0 7777 0 -\0";
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(Text);
        var output = new ArrayBufferWriter<byte>();
        while (!rest.IsEmpty)
        {
            Assert.True(ManifestCodec.TryRead(ref rest, out ManifestEntry? entry));
            ManifestCodec.Write(entry, output);
        }

        Assert.Equal(Text, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("F 5 0 644 0 a")]
    [InlineData("F 5 0 644 0 \0")]
    [InlineData("F 5 0 644 0\0")]
    [InlineData("F 9223372036854775808 0 644 0 a\0")]
    [InlineData("F -1 0 644 0 a\0")]
    [InlineData("F 5 -1 644 0 a\0")]
    [InlineData("F 5 0 648 0 a\0")]
    [InlineData("F 5 0 17777 0 a\0")]
    [InlineData("D 5 0 644 0 a\0")]
    [InlineData("D - 0 644 0 a\0")]
    [InlineData("X 5 0 644 0 a\0")]
    [InlineData("L 0 0 644 0 a\0")]
    [InlineData("L 0 0 644 0 a\0\0")]
    [InlineData("\0")]
    public void What_is_no_record_of_a_manifest_is_refused(string text)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(text);
        Assert.False(ManifestCodec.TryRead(ref rest, out _));
        Assert.Equal(text.Length, rest.Length);
    }

    [Fact]
    public void A_path_over_the_limit_is_refused_without_a_look_at_the_rest()
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes("F 5 0 644 0 " + new string('a', FileLimits.MaxPathBytes + 1) + "\0");
        Assert.False(ManifestCodec.TryRead(ref rest, out _));
        rest = Encoding.UTF8.GetBytes("F 5 0 644 0 " + new string('a', FileLimits.MaxPathBytes) + "\0");
        Assert.True(ManifestCodec.TryRead(ref rest, out _));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(ManifestEntry.UnknownSize, 1)]
    [InlineData(2000L << 20, 1)]
    [InlineData((2000L << 20) + 1, 2)]
    [InlineData(2L << 30, 2)]
    [InlineData(10L << 30, 8)]
    [InlineData(long.MaxValue, 16)]
    public void Chunks_are_the_smallest_that_are_at_most_two_thousand(long size, int mebibytes) =>
        Assert.Equal(mebibytes << 20, ChunkSize.Of(size));

    [Fact]
    public void The_first_chain_value_is_the_chunks_digest_and_each_further_one_binds_all_before()
    {
        using var hash = new Sha256();
        hash.Append("one"u8);
        ContentDigest one = hash.Finish();
        hash.Append("two"u8);
        ContentDigest two = hash.Finish();

        Assert.Equal(one, ChunkChain.Next(hash, null, one));
        Assert.NotEqual(ChunkChain.Next(hash, one, two), ChunkChain.Next(hash, two, two));
        UnitCheck.Append(hash, one);
        UnitCheck.Append(hash, two);
        Assert.Equal(hash.Finish(), ChunkChain.Next(hash, one, two));
    }

    private static byte[] Pad(string text) => Encoding.ASCII.GetBytes(text.PadRight(ControlUnit.Size));
}
