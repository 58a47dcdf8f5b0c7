using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Tests.Integrity;

public sealed class Crc32CTests
{
    [Fact]
    public void The_checksum_is_the_one_of_the_standard() => Assert.Equal(0xE3069283, Crc32C.Compute("123456789"u8));

    [Fact]
    public void Every_length_and_alignment_agrees_with_the_polynomial()
    {
        byte[] bytes = new byte[5_000];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length < 4_500; length += length < 1_600 ? 1 : 37)
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(length % 13, length);
            Assert.Equal(~BitwiseCrc32C.Update(uint.MaxValue, part), Crc32C.Compute(part));
        }
    }

    [Fact]
    public void A_checksum_can_be_continued_at_any_place()
    {
        byte[] bytes = new byte[3_000];
        new Random(2).NextBytes(bytes);
        uint whole = Crc32C.Compute(bytes);
        for (int cut = 0; cut <= bytes.Length; cut += 61)
        {
            Assert.Equal(whole, Crc32C.Continue(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        }
    }
}
